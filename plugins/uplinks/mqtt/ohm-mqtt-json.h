/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * JSON as it is written, into a string: not json-glib, which prints doubles with 17 digits and
 * builds a tree for each message. Numbers are the shortest text that reads back as the same value;
 * 64-bit integers are exact.
 *
 * @key is NULL inside an array.
 */
void ohm_mqtt_json_open (GString *json, const char *key, char bracket);
/* @bracket: `}` or `]` */
void ohm_mqtt_json_close (GString *json, char bracket);
/* @value: (nullable): left out */
void ohm_mqtt_json_add_string (GString *json, const char *key, const char *value);
void ohm_mqtt_json_add_integer (GString *json, const char *key, gint64 value);
/* NaN and infinite become null */
void ohm_mqtt_json_add_real (GString *json, const char *key, double value);
/* RFC 3339 in UTC, as exact as it is: `2026-11-22T10:15:00.412Z` */
void ohm_mqtt_json_add_time (GString *json, const char *key, gint64 us);

G_END_DECLS
