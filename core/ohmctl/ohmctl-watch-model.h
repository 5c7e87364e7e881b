/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-object.h"
#include "ohmctl-reading.h"

G_BEGIN_DECLS

/* What a watch knows of its meters, and how it is shown. */
typedef struct _OhmctlWatchModel OhmctlWatchModel;

/* @ids: (array zero-terminated=1): meters that are watched; none: all */
OhmctlWatchModel *ohmctl_watch_model_new (OhmctlContext *context, const char *const *ids);
void ohmctl_watch_model_free (OhmctlWatchModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlWatchModel, ohmctl_watch_model_free)

/* The meters that there are now; last values of those that stay are kept. @meters: (transfer none)
 * (element-type OhmctlObject) */
void ohmctl_watch_model_set_meters (OhmctlWatchModel *self, GPtrArray *meters);
/* Asks the daemon for the meters. */
gboolean ohmctl_watch_model_list (OhmctlWatchModel *self, GError **error);

/* Properties of the meter at @path changed: `a{sv}`. Returns: its id, if its state changed */
const char *ohmctl_watch_model_update (OhmctlWatchModel *self, const char *path, GVariant *changed);

/**
 * ohmctl_watch_model_take:
 * @readings: `a(ssxatayax)`
 * @func: (nullable): told the id of every meter that has new values
 */
void ohmctl_watch_model_take (OhmctlWatchModel *self,
                              GVariant *readings,
                              void (*func) (const char *id, gpointer data),
                              gpointer data);

guint ohmctl_watch_model_n_meters (OhmctlWatchModel *self);
guint ohmctl_watch_model_n_read (OhmctlWatchModel *self);
/* Whether each meter has values, or says why it has none. */
gboolean ohmctl_watch_model_is_settled (OhmctlWatchModel *self);

/* (transfer full): `12 meters: 10 ok, 2 silent` */
char *ohmctl_watch_model_dup_counts (OhmctlWatchModel *self);

/* (transfer full): a table of all meters with the columns that fit into @width.
 * @id: (nullable): of this one only */
OhmctlTable *
ohmctl_watch_model_new_table (OhmctlWatchModel *self, const char *id, guint width, gint64 now_us);

/* A meter as `ohmctl read` writes it, with its state if @has_state. Nothing is written if it has no
 * values and its state is not wanted. */
void ohmctl_watch_model_write (OhmctlWatchModel *self,
                               OhmctlJson *json,
                               const char *id,
                               gboolean has_state,
                               gint64 now_us);
/* All of them in an array. */
void ohmctl_watch_model_write_all (OhmctlWatchModel *self,
                                   OhmctlJson *json,
                                   const char *key,
                                   gint64 now_us);

/* (nullable): properties of a meter */
OhmctlObject *ohmctl_watch_model_get_object (OhmctlWatchModel *self, const char *id);

/* Where the width of the output is not known. */
#define OHMCTL_WATCH_WIDTH 80

G_END_DECLS
