/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clock-history.h"
#include "ohm-site.h"
#include "ohm-store.h"

G_BEGIN_DECLS

#define OHM_TYPE_CLOCKS (ohm_clocks_get_type ())

/* The meters' own clocks: compared with ours after each survey, which comes daily too; set only on
 * request. An alarm tells of one that is further off than `clock-limit`. */
G_DECLARE_FINAL_TYPE (OhmClocks, ohm_clocks, OHM, CLOCKS, GObject)

/* @store: where the history is kept */
OhmClocks *ohm_clocks_new (OhmSite *site, OhmStore *store);

/* Ends all that is under way. */
void ohm_clocks_stop (OhmClocks *self);

/* A meter begins, or has a new plan: what is stored of its clock is fetched once. */
void ohm_clocks_add (OhmClocks *self, OhmMeterHost *host);
void ohm_clocks_remove (OhmClocks *self, const char *meter);

/* After a survey that confirmed the meter; at most once in ten minutes. */
void ohm_clocks_note_survey (OhmClocks *self, OhmMeterHost *host);

/**
 * OhmClockView:
 * @clock: (nullable): how it is read; %NULL if the meter has none that we know
 * @write: (nullable): how it is set
 * @checks: (element-type OhmClockCheckpoint): oldest first
 * @problem: (nullable): why the last check found nothing
 * @limit_us: how far off it may be
 * @is_off: whether it is further
 *
 * What is known of a meter's clock. Borrowed.
 */
typedef struct
{
  const OhmDeviceClock *clock;
  const OhmWrite *write;
  const GArray *checks;
  OhmMessage *problem;
  gint64 limit_us;
  gboolean is_off;
} OhmClockView;

void ohm_clocks_look (OhmClocks *self, OhmMeterHost *host, OhmClockView *ret_view);

/**
 * ohm_clocks_check_async:
 * @is_setting: whether the clock is set, then read back
 *
 * Compares now, with an operator's priority. Fails with %OHM_ERROR_NOT_SUPPORTED (no clock, or none
 * that may be set), %OHM_ERROR_BUSY (the meter is not at work, its clock is being checked, or our
 * own clock is not sure enough to set another), %OHM_ERROR_DEVICE (refused, no time, or it shows
 * another time than was written), or the link's error.
 */
void ohm_clocks_check_async (OhmClocks *self,
                             OhmMeterHost *host,
                             gboolean is_setting,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/* @ret_before: (optional): of a setting the check before it; else the same as @ret_now */
gboolean ohm_clocks_check_finish (OhmClocks *self,
                                  GAsyncResult *result,
                                  OhmClockCheckpoint *ret_before,
                                  OhmClockCheckpoint *ret_now,
                                  GError **error);

G_END_DECLS
