/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Deepest nesting that is written. */
#define OHMCTL_JSON_DEPTH_MAX 16

/**
 * OhmctlJson:
 *
 * Writes JSON as it goes. Not json-glib: it prints doubles with 17 digits (230.1 becomes
 * 230.09999999999999) and needs the whole document in memory; ten years of history are not.
 * Numbers here are the shortest text that reads back as the same double.
 *
 * Every value takes its @key, %NULL inside an array and at the top.
 */
typedef struct _OhmctlJson OhmctlJson;

OhmctlJson *ohmctl_json_new (void);
void ohmctl_json_free (OhmctlJson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlJson, ohmctl_json_free)

void ohmctl_json_begin_object (OhmctlJson *self, const char *key);
void ohmctl_json_end_object (OhmctlJson *self);
void ohmctl_json_begin_array (OhmctlJson *self, const char *key);
void ohmctl_json_end_array (OhmctlJson *self);

/* @value: (nullable): %NULL writes null */
void ohmctl_json_string (OhmctlJson *self, const char *key, const char *value);
void ohmctl_json_integer (OhmctlJson *self, const char *key, gint64 value);
void ohmctl_json_unsigned (OhmctlJson *self, const char *key, guint64 value);
/* NaN and infinite are null */
void ohmctl_json_real (OhmctlJson *self, const char *key, double value);
void ohmctl_json_boolean (OhmctlJson *self, const char *key, gboolean value);
void ohmctl_json_null (OhmctlJson *self, const char *key);
/* UTC of RFC 3339 with as many digits as it needs; 0 is null */
void ohmctl_json_time (OhmctlJson *self, const char *key, gint64 us);
void ohmctl_json_strv (OhmctlJson *self, const char *key, const char *const *values);
/* Any variant without handles: dictionaries with text keys become objects, tuples arrays. */
void ohmctl_json_variant (OhmctlJson *self, const char *key, GVariant *value);
/* An `a{sv}` whose members @times are UTC in microseconds: written as times, their names without
 * `_us`, which is for durations. */
void ohmctl_json_statistics (OhmctlJson *self,
                             const char *key,
                             GVariant *statistics,
                             const char *const *times);

/* (transfer full): what was written since the last call */
char *ohmctl_json_steal (OhmctlJson *self);
gsize ohmctl_json_get_pending (OhmctlJson *self);

/* (transfer full): `2026-11-22T10:15:00.412Z` */
char *ohmctl_json_format_time (gint64 us);

G_END_DECLS
