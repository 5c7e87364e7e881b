/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-setting-private.h"

#include <string.h>

#include "ohm-names.h"
#include "ohm-parse-private.h"

#define OHM_SETTING_STRING_MAX 255
#define OHM_SETTING_LIST_MAX   64
#define OHM_SETTING_HOST_MAX   253 /* RFC 1035, 2.3.4 */

gboolean
ohm_id_is_valid (const char *id)
{
  gsize length;

  if (id == NULL)
    return FALSE;
  length = strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-");
  return length >= 1 && length <= OHM_ID_MAX && id[length] == '\0' && id[0] != '-';
}

static char *
ohm_setting_dup_range (const OhmSettingSpec *spec)
{
  g_autofree char *min = NULL;
  g_autofree char *max = NULL;

  if (spec->min == 0 && spec->max == 0)
    return g_strdup ("");
  if (spec->type != OHM_SETTING_DURATION)
    return g_strdup_printf (" %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, spec->min, spec->max);
  min = ohm_duration_to_string (spec->min);
  max = ohm_duration_to_string (spec->max);
  return g_strdup_printf (" %s..%s", min, max);
}

static char *
ohm_setting_dup_expected (const OhmSettingSpec *spec)
{
  g_autofree char *range = NULL;

  switch (spec->type)
    {
    case OHM_SETTING_BOOLEAN:
      return g_strdup ("true or false");
    case OHM_SETTING_INTEGER:
      range = ohm_setting_dup_range (spec);
      return g_strdup_printf ("an integer%s", range);
    case OHM_SETTING_REAL:
      range = ohm_setting_dup_range (spec);
      return g_strdup_printf ("a number%s with a decimal point", range);
    case OHM_SETTING_DURATION:
      range = ohm_setting_dup_range (spec);
      return g_strdup_printf ("a duration%s with its unit: us ms s min h d", range);
    case OHM_SETTING_CHOICE:
      return g_strdup_printf ("one of %s", spec->choices);
    case OHM_SETTING_LIST:
      return g_strdup_printf ("at most %" G_GINT64_FORMAT " texts separated by ';'",
                              spec->max > 0 ? spec->max : OHM_SETTING_LIST_MAX);
    case OHM_SETTING_HOST:
      return g_strdup ("a name or an address, without a port");
    case OHM_SETTING_STRING:
    default:
      return g_strdup_printf ("text of %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT " bytes", spec->min,
                              spec->max > 0 ? spec->max : OHM_SETTING_STRING_MAX);
    }
}

/* HOST:PORT as elsewhere on the command line. */
static char *
ohm_setting_dup_host_meant (const char *text)
{
  const char *colon = strchr (text, ':');

  if (colon == NULL || colon == text || colon[1] == '\0' ||
      colon[1 + strspn (colon + 1, "0123456789")] != '\0')
    return NULL;
  return g_strdup_printf ("%.*s' and port = %s", (int) (colon - text), text, colon + 1);
}

/* The end of "did you mean", or %NULL. */
static char *
ohm_setting_dup_meant (const OhmSettingSpec *spec, const char *text)
{
  g_auto (GStrv) choices = NULL;
  const char *choice;

  if (spec->type == OHM_SETTING_HOST)
    return ohm_setting_dup_host_meant (text);
  if (spec->type != OHM_SETTING_CHOICE)
    return NULL;
  choices = g_strsplit (spec->choices, "|", /* max tokens */ 0);
  choice = ohm_suggest (text, (const char *const *) choices);
  return choice != NULL ? g_strconcat (choice, "'", NULL) : NULL;
}

static void
ohm_setting_set_error (const OhmSettingSpec *spec, const char *text, GError **error)
{
  g_autofree char *expected = ohm_setting_dup_expected (spec);
  g_autofree char *meant = ohm_setting_dup_meant (spec, text);

  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s': expected %s%s%s%s%s", text, expected,
               meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
               meant != NULL ? "?" : "",
               strchr (text, '#') != NULL
                 ? "; a '#' within a value is part of it, a comment needs a line of its own"
                 : "");
}

static gboolean
ohm_setting_is_in_range (const OhmSettingSpec *spec, gint64 value)
{
  return (spec->min == 0 && spec->max == 0) || (value >= spec->min && value <= spec->max);
}

static gboolean
ohm_setting_parse_list (const OhmSettingSpec *spec, const char *text, OhmSettingValue *value)
{
  guint max = spec->max > 0 ? (guint) spec->max : OHM_SETTING_LIST_MAX;
  guint n;

  value->list = g_strsplit (text, ";", (int) max + 2);
  n = g_strv_length (value->list);
  /* one separator may stand at the end, as GLib writes lists */
  if (n > 0 && g_strstrip (value->list[n - 1])[0] == '\0')
    {
      n--;
      g_clear_pointer (&value->list[n], g_free);
    }
  for (guint i = 0; i < n; i++)
    if (g_strstrip (value->list[i])[0] == '\0')
      return FALSE;
  return n <= max;
}

static gboolean
ohm_setting_is_choice (const OhmSettingSpec *spec, const char *text)
{
  g_auto (GStrv) choices = g_strsplit (spec->choices, "|", /* max tokens */ 0);

  return g_strv_contains ((const char *const *) choices, text);
}

static gboolean
ohm_setting_parse_real (const OhmSettingSpec *spec, const char *text, OhmSettingValue *value)
{
  if (!ohm_parse_real (text, &value->real))
    return FALSE;
  return (spec->min == 0 && spec->max == 0) ||
         (value->real >= (double) spec->min && value->real <= (double) spec->max);
}

static gboolean
ohm_setting_parse_string (const OhmSettingSpec *spec, const char *text)
{
  gint64 length = (gint64) strlen (text);

  return length >= spec->min && length <= (spec->max > 0 ? spec->max : OHM_SETTING_STRING_MAX);
}

/* Names are resolved later; what cannot be one is told now. */
static gboolean
ohm_setting_is_host (const char *text)
{
  gsize length = strlen (text);

  if (length < 1 || length > OHM_SETTING_HOST_MAX || strpbrk (text, " \t/[]@") != NULL)
    return FALSE;
  return strchr (text, ':') == NULL || g_hostname_is_ip_address (text);
}

static gboolean
ohm_setting_parse_as_type (const OhmSettingSpec *spec, const char *text, OhmSettingValue *value)
{
  switch (spec->type)
    {
    case OHM_SETTING_BOOLEAN:
      value->integer = g_str_equal (text, "true") ? 1 : 0;
      return value->integer != 0 || g_str_equal (text, "false");
    case OHM_SETTING_INTEGER:
      return ohm_parse_i64 (text, &value->integer) &&
             ohm_setting_is_in_range (spec, value->integer);
    case OHM_SETTING_REAL:
      return ohm_setting_parse_real (spec, text, value);
    case OHM_SETTING_DURATION:
      return ohm_duration_parse (text, &value->integer) &&
             ohm_setting_is_in_range (spec, value->integer);
    case OHM_SETTING_CHOICE:
      return ohm_setting_is_choice (spec, text);
    case OHM_SETTING_LIST:
      return ohm_setting_parse_list (spec, text, value);
    case OHM_SETTING_HOST:
      return ohm_setting_is_host (text);
    case OHM_SETTING_STRING:
    default:
      return ohm_setting_parse_string (spec, text);
    }
}

gboolean
ohm_setting_value_parse (const OhmSettingSpec *spec,
                         const char *text,
                         OhmSettingValue *ret_value,
                         GError **error)
{
  OhmSettingValue value = { 0 };

  if (!ohm_setting_parse_as_type (spec, text, &value))
    {
      ohm_setting_set_error (spec, text, error);
      ohm_setting_value_clear (&value);
      return FALSE;
    }
  value.text = g_strdup (text);
  *ret_value = value;
  return TRUE;
}

gboolean
ohm_setting_value_equal (const OhmSettingSpec *spec,
                         const OhmSettingValue *a,
                         const OhmSettingValue *b)
{
  /* no value is not the same as a value of 0 */
  if ((a->text == NULL) != (b->text == NULL))
    return FALSE;
  if (spec->type == OHM_SETTING_STRING || spec->type == OHM_SETTING_CHOICE ||
      spec->type == OHM_SETTING_HOST)
    return g_strcmp0 (a->text, b->text) == 0;
  if (a->list != NULL && b->list != NULL)
    return g_strv_equal ((const char *const *) a->list, (const char *const *) b->list);
  return a->integer == b->integer && !(a->real < b->real) && !(a->real > b->real);
}

void
ohm_setting_value_clear (OhmSettingValue *value)
{
  g_clear_pointer (&value->text, g_free);
  g_clear_pointer (&value->list, g_strfreev);
}

gboolean
ohm_setting_check (const OhmSettingSpec *spec, const char *text, GError **error)
{
  OhmSettingValue value = { 0 };

  g_return_val_if_fail (spec != NULL, FALSE);
  g_return_val_if_fail (text != NULL, FALSE);

  if (!ohm_setting_value_parse (spec, text, &value, error))
    return FALSE;
  ohm_setting_value_clear (&value);
  return TRUE;
}
