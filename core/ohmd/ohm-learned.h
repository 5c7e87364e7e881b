/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What a meter refused, learned by bisection: registers, gaps that must not be read along, requests
 * that were too long. Kept across restarts, tried again soon and in the end daily, forgotten on
 * request and when another device answers. */
typedef struct _OhmLearned OhmLearned;

/* Most refusals that are kept of one meter. */
#define OHM_LEARNED_MAX 256

OhmLearned *ohm_learned_new (void);
/* @variant: (nullable): `a{sv}` of ohm_learned_save(); what is not understood is left out */
OhmLearned *ohm_learned_new_from_variant (GVariant *variant);
void ohm_learned_free (OhmLearned *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmLearned, ohm_learned_free)

/* (transfer floating): `a{sv}` */
GVariant *ohm_learned_save (const OhmLearned *self);

/* @range must not be read along. @now_us: UTC */
void ohm_learned_add_hole (OhmLearned *self, const OhmRange *range, gint64 now_us);

/* The registers themselves were refused with @exception. */
void
ohm_learned_add_refused (OhmLearned *self, const OhmRange *range, guint8 exception, gint64 now_us);

/* More than @registers at once were refused. */
void ohm_learned_set_length (OhmLearned *self, guint registers, gint64 now_us);

/* Most registers in one request; @otherwise if nothing was learned. */
guint ohm_learned_get_length (const OhmLearned *self, guint otherwise);

gboolean
ohm_learned_is_refused (const OhmLearned *self, guint8 function, guint16 first, guint16 last);

/* All ranges that must not be read along, refused ones included. */
const OhmRange *ohm_learned_get_holes (const OhmLearned *self, guint *ret_n);

gboolean ohm_learned_is_empty (const OhmLearned *self);
void ohm_learned_forget (OhmLearned *self);

/* (transfer full): in words, a line each */
char **ohm_learned_describe (const OhmLearned *self);

/* (transfer full) (element-type gint64): when each line of ohm_learned_describe() was learned, UTC;
 * 0 where that is not known */
GArray *ohm_learned_get_times (const OhmLearned *self);

G_END_DECLS
