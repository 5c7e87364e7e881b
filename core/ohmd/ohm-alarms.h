/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_ALARMS (ohm_alarms_get_type ())

/* The open alarms and the last few hundred that ended: one per subject and root cause. */
G_DECLARE_FINAL_TYPE (OhmAlarms, ohm_alarms, OHM, ALARMS, GObject)

OhmAlarms *ohm_alarms_new (OhmBus *bus, OhmClock *clock);

/* Raises @message about @subject (`meters/main`), or does nothing if it is raised already. Another
 * code on the same subject ends the old alarm; the same code with other arguments is the same alarm
 * in other words. */
void ohm_alarms_raise (OhmAlarms *self, const char *subject, OhmMessage *message);

/* Ends what is raised about @subject. */
void ohm_alarms_end (OhmAlarms *self, const char *subject);

/* (transfer none) (element-type OhmAlarm): open ones first, then the ended ones, newest first */
GPtrArray *ohm_alarms_list (OhmAlarms *self);

G_END_DECLS
