/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-result.h"

#include <string.h>

#include "ohmctl-format.h"
#include "ohmctl-object.h"
#include "ohmctl-show.h"

#define CANDIDATES_SHOWN 5

#define CANDIDATES_TYPE "a(ssuas)"
#define VALUES_TYPE     "a(sdsy)"
#define TROUBLE_TYPE    "(sa{ss})"

/* (transfer full) */
static OhmMessage *
ohmctl_result_dup_message (GVariant *trouble)
{
  g_autoptr (GVariant) arguments = NULL;
  const char *code = NULL;

  g_variant_get (trouble, "(&s@a{ss})", &code, &arguments);
  return ohm_message_new_from_variant (code, arguments);
}

static void
ohmctl_result_write_trouble (OhmctlJson *json, const char *key, GVariant *trouble)
{
  g_autoptr (OhmMessage) message = ohmctl_result_dup_message (trouble);

  ohmctl_json_message (json, key, message);
}

static void
ohmctl_result_write_candidates (OhmctlJson *json, const char *key, GVariant *candidates)
{
  GVariantIter iter;
  const char *type;
  const char *name;
  const char **evidence;
  guint score;

  ohmctl_json_begin_array (json, key);
  g_variant_iter_init (&iter, candidates);
  while (g_variant_iter_next (&iter, "(&s&su^a&s)", &type, &name, &score, &evidence))
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "type", type);
      ohmctl_json_string (json, "name", name);
      ohmctl_json_unsigned (json, "score", score);
      ohmctl_json_strv (json, "evidence", evidence);
      ohmctl_json_end_object (json);
      g_free (evidence);
    }
  ohmctl_json_end_array (json);
}

static void
ohmctl_result_write_values (OhmctlJson *json, const char *key, GVariant *values)
{
  GVariantIter iter;
  const char *point;
  const char *unit;
  double value;
  guint8 quality;

  ohmctl_json_begin_object (json, key);
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "(&sd&sy)", &point, &value, &unit, &quality))
    {
      gboolean is_there = ohm_quality_has_value (quality);

      ohmctl_json_begin_object (json, point);
      if (is_there)
        ohmctl_json_real (json, "value", value);
      else
        ohmctl_json_null (json, "value");
      if (is_there)
        ohmctl_json_string (json, "unit", unit);
      ohmctl_json_string (json, "quality",
                          ohm_quality_to_string (is_there ? quality : OHM_QUALITY_MISSING));
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_object (json);
}

void
ohmctl_result_write (OhmctlJson *json, const char *key, GVariant *result)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  ohmctl_json_begin_object (json, key);
  g_variant_iter_init (&iter, result);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *member = g_strdelimit (g_strdup (name), "-", '_');

      if (g_variant_is_of_type (value, G_VARIANT_TYPE (CANDIDATES_TYPE)))
        ohmctl_result_write_candidates (json, member, value);
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE (VALUES_TYPE)))
        ohmctl_result_write_values (json, member, value);
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE (TROUBLE_TYPE)))
        ohmctl_result_write_trouble (json, member, value);
      else
        ohmctl_json_variant (json, member, value);
      g_variant_unref (value);
    }
  ohmctl_json_end_object (json);
}

static void
ohmctl_result_print_candidates (OhmctlContext *context, GVariant *candidates)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GVariantIter iter;
  const char *type;
  const char *name;
  char **evidence;
  guint score;

  ohmctl_table_set_indent (table, 2);
  ohmctl_table_add_column (table, "TYPE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "NAME", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "SCORE", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "EVIDENCE", OHMCTL_ALIGN_WRAP);
  g_variant_iter_init (&iter, candidates);
  while (ohmctl_table_n_rows (table) < CANDIDATES_SHOWN &&
         g_variant_iter_next (&iter, "(&s&su^as)", &type, &name, &score, &evidence))
    {
      ohmctl_table_add (table, type);
      ohmctl_table_add (table, name);
      ohmctl_table_add_take (table, g_strdup_printf ("%u", score));
      ohmctl_table_add_take (table, g_strjoinv ("; ", evidence));
      g_strfreev (evidence);
    }
  if (ohmctl_table_n_rows (table) == 0)
    return;
  ohmctl_print ("\nwhat it may be\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_result_print_facts (OhmctlContext *context, GVariant *facts, GVariant *unconfirmed)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  GVariantIter iter;
  const char *name;
  const char *value;

  ohmctl_table_set_indent (table, 2);
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    ohmctl_show_fact (table, name, name, value, unconfirmed);
  if (ohmctl_table_n_rows (table) == 0)
    return;
  ohmctl_print ("\nwhat it says of itself\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_result_add_value (OhmctlTable *table,
                         const char *point,
                         const char *unit,
                         double value,
                         guint8 quality)
{
  const OhmctlPoint shown = { .name = point, .unit = unit, .kind = "", .obis = "" };
  OhmCell cell = { .real = value };

  ohmctl_table_add (table, point);
  if (ohm_quality_has_value (quality))
    ohmctl_table_add_take (table, ohmctl_format_value (&shown, cell));
  else
    ohmctl_table_add (table, NULL);
}

static void
ohmctl_result_print_values (OhmctlContext *context, GVariant *values)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GVariantIter iter;
  const char *point;
  const char *unit;
  double value;
  guint8 quality;

  ohmctl_table_set_indent (table, 2);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_UNIT);
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "(&sd&sy)", &point, &value, &unit, &quality))
    ohmctl_result_add_value (table, point, unit, value, quality);
  if (ohmctl_table_n_rows (table) == 0)
    return;
  ohmctl_print ("\nwhat it measures\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_result_show_duration (OhmctlTable *table,
                             GVariant *result,
                             const char *key,
                             const char *label)
{
  gint64 us;

  if (g_variant_lookup (result, key, "x", &us))
    ohmctl_show_line_take (table, label, ohmctl_format_latency (us));
}

static void
ohmctl_result_print_head (OhmctlContext *context, GVariant *result)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  const char *address = NULL;
  const char *settings = "";
  const char *type = NULL;
  guint8 unit;

  if (g_variant_lookup (result, "address", "&s", &address))
    ohmctl_show_line (table, "address", address);
  if (g_variant_lookup (result, "unit", "y", &unit))
    ohmctl_show_line_take (table, "unit", g_strdup_printf ("%u", unit));
  if (g_variant_lookup (result, "settings", "&s", &settings) && *settings != '\0')
    ohmctl_show_line (table, "settings", settings);
  ohmctl_result_show_duration (table, result, "connect-us", "connected within");
  ohmctl_result_show_duration (table, result, "latency-us", "answers within");
  if (g_variant_lookup (result, "type", "&s", &type))
    ohmctl_show_line (table, "read as", type);
  ohmctl_print_table (context, table);
}

static void
ohmctl_result_print_trouble (OhmctlContext *context, GVariant *trouble)
{
  g_autoptr (OhmMessage) message = ohmctl_result_dup_message (trouble);

  ohmctl_print ("\nwhat is wrong\n");
  ohmctl_print_message (context, 2, message);
}

void
ohmctl_result_print (OhmctlContext *context, GVariant *result)
{
  g_autoptr (GVariant) candidates = g_variant_lookup_value (result, "candidates",
                                                            G_VARIANT_TYPE (CANDIDATES_TYPE));
  g_autoptr (GVariant) facts = g_variant_lookup_value (result, "facts", G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GVariant) unconfirmed = g_variant_lookup_value (result, "unconfirmed",
                                                             G_VARIANT_TYPE_STRING_ARRAY);
  g_autoptr (GVariant) values = g_variant_lookup_value (result, "values",
                                                        G_VARIANT_TYPE (VALUES_TYPE));
  g_autoptr (GVariant) trouble = g_variant_lookup_value (result, "trouble",
                                                         G_VARIANT_TYPE (TROUBLE_TYPE));

  ohmctl_result_print_head (context, result);
  if (candidates != NULL)
    ohmctl_result_print_candidates (context, candidates);
  if (facts != NULL)
    ohmctl_result_print_facts (context, facts, unconfirmed);
  if (values != NULL)
    ohmctl_result_print_values (context, values);
  if (trouble != NULL)
    ohmctl_result_print_trouble (context, trouble);
}

char *
ohmctl_result_dup_type (GVariant *result)
{
  g_autoptr (GVariant) candidates = g_variant_lookup_value (result, "candidates",
                                                            G_VARIANT_TYPE (CANDIDATES_TYPE));
  char *type = NULL;

  if (g_variant_lookup (result, "type", "s", &type))
    return type;
  if (candidates != NULL && g_variant_n_children (candidates) > 0)
    g_variant_get_child (candidates, 0, "(ssuas)", &type, NULL, NULL, NULL);
  return type;
}
