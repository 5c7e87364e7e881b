/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-context.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-reading.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     40

/* The program has one. Ages are told in many places that have no other need of it. */
static OhmctlContext *ohmctl_context_current;

static guint
ohmctl_context_measure_width (void)
{
  const char *columns = g_getenv ("COLUMNS");
  struct winsize size = { 0 };
  guint64 value;

  if (columns != NULL && g_ascii_string_to_unsigned (columns, 10, WIDTH_MIN, 10000, &value, NULL))
    return (guint) value;
  if (!isatty (STDOUT_FILENO))
    return 0;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return WIDTH_DEFAULT;
  return MAX (size.ws_col, WIDTH_MIN);
}

static gboolean
ohmctl_context_wants_color (void)
{
  const char *no_color = g_getenv ("NO_COLOR");

  return isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
         g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
}

OhmctlContext *
ohmctl_context_new (void)
{
  OhmctlContext *self = g_new0 (OhmctlContext, 1);

  self->point_sets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                            (GDestroyNotify) ohmctl_point_set_free);
  self->width = ohmctl_context_measure_width ();
  self->has_color = ohmctl_context_wants_color ();
  ohmctl_context_current = self;
  return self;
}

void
ohmctl_context_free (OhmctlContext *self)
{
  if (ohmctl_context_current == self)
    ohmctl_context_current = NULL;
  g_free (self->bus_address);
  g_clear_object (&self->bus);
  g_free (self->owner);
  g_hash_table_unref (self->point_sets);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_free (self);
}

/* (transfer full) (nullable): a property of System, NULL if it is not there or of another type */
static GVariant *
ohmctl_context_ask (OhmctlContext *self, const char *property, const GVariantType *type)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) value = NULL;

  reply = ohmctl_connection_call (self, OHM_DBUS_PATH, "org.freedesktop.DBus.Properties.Get",
                                  g_variant_new ("(ss)", OHM_DBUS_NAME ".System", property), "(v)",
                                  /* error */ NULL);
  if (reply != NULL)
    g_variant_get (reply, "(v)", &value);
  return value != NULL && g_variant_is_of_type (value, type) ? g_steal_pointer (&value) : NULL;
}

GTimeZone *
ohmctl_context_get_zone (OhmctlContext *self)
{
  g_autoptr (GVariant) value = NULL;

  if (self->zone != NULL)
    return self->zone;
  value = ohmctl_context_ask (self, "TimeZone", G_VARIANT_TYPE_STRING);
  if (value != NULL && *g_variant_get_string (value, NULL) != '\0')
    self->zone = g_time_zone_new_identifier (g_variant_get_string (value, NULL));
  if (self->zone == NULL)
    self->zone = g_time_zone_new_local ();
  return self->zone;
}

/* Both read the same clock, a moment apart, unless a test drives the daemon's. */
static void
ohmctl_context_learn_offset (OhmctlContext *self)
{
  g_autoptr (GVariant) now = ohmctl_context_ask (self, "Now", G_VARIANT_TYPE_INT64);
  gint64 offset_us = now != NULL ? g_variant_get_int64 (now) - g_get_real_time () : 0;

  self->has_offset = TRUE;
  self->offset_us = ABS (offset_us) > G_USEC_PER_SEC ? offset_us : 0;
}

gint64
ohmctl_context_now_us (void)
{
  OhmctlContext *self = ohmctl_context_current;

  if (self != NULL && self->owner != NULL && !self->has_offset)
    ohmctl_context_learn_offset (self);
  return g_get_real_time () + (self != NULL ? self->offset_us : 0);
}

char *
ohmctl_context_format_next (gint64 us)
{
  gint64 left_us = us - ohmctl_context_now_us ();
  g_autofree char *span = ohmctl_format_span (left_us);

  if (us == 0)
    return g_strdup ("-");
  return left_us < G_USEC_PER_SEC ? g_strdup ("now") : g_strdup_printf ("in %s", span);
}

void
ohmctl_print (const char *text)
{
  const char *charset;
  g_autofree char *local = NULL;

  if (!g_get_charset (&charset))
    local = g_convert_with_fallback (text, -1, charset, "UTF-8", "?", NULL, NULL, NULL);
  fputs (local != NULL ? local : text, stdout);
}

void
ohmctl_printf (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  ohmctl_print (text);
}

void
ohmctl_print_table (OhmctlContext *self, OhmctlTable *table)
{
  g_autofree char *text = ohmctl_table_render (table, self->width, self->has_color);

  ohmctl_print (text);
}

void
ohmctl_print_json (OhmctlJson *json)
{
  g_autofree char *text = ohmctl_json_steal (json);

  fputs (text, stdout);
}

void
ohmctl_print_paragraph (OhmctlContext *self, guint indent, const char *text)
{
  guint width = self->width > 0 ? self->width : WIDTH_DEFAULT;
  g_autofree char *clean = ohmctl_format_clean (text);
  g_autofree char *wrapped = ohmctl_wrap (clean, width - MIN (indent, width / 2), indent);

  ohmctl_printf ("%*s%s\n", (int) indent, "", wrapped);
}

void
ohmctl_print_message (OhmctlContext *self, guint indent, OhmMessage *message)
{
  g_autofree char *text = ohm_message_dup_text (message);
  g_autofree char *remedy = ohm_message_dup_remedy (message);

  ohmctl_print_paragraph (self, indent, text);
  if (remedy != NULL)
    ohmctl_print_paragraph (self, indent, remedy);
}

void
ohmctl_json_message (OhmctlJson *json, const char *key, OhmMessage *message)
{
  g_autofree char *text = NULL;
  g_autofree char *remedy = NULL;
  g_autoptr (GVariant) arguments = NULL;

  if (message == NULL)
    {
      ohmctl_json_null (json, key);
      return;
    }
  text = ohm_message_dup_text (message);
  remedy = ohm_message_dup_remedy (message);
  arguments = g_variant_ref_sink (ohm_message_get_arguments (message));
  ohmctl_json_begin_object (json, key);
  ohmctl_json_string (json, "code", ohm_message_get_code (message));
  ohmctl_json_variant (json, "arguments", arguments);
  ohmctl_json_string (json, "text", text);
  ohmctl_json_string (json, "remedy", remedy);
  ohmctl_json_end_object (json);
}
