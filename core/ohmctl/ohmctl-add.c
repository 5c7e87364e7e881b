/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-add.h"

#include <string.h>

#include "ohmctl-connection.h"
#include "ohmctl-csv.h"
#include "ohmctl-device.h"
#include "ohmctl-format.h"
#include "ohmctl-link.h"
#include "ohmctl-object.h"
#include "ohmctl-spec.h"

#define FILE_MAX    (64 * 1024)
#define OPTION_SAME "same-meter"

/* Also the columns of a CSV file; every other key is written as KEY=VALUE. */
const OhmctlOption ohmctl_add_options[] = {
  { "type", "TYPE", "meter type; without it the meter is identified", OHMCTL_WORD_PROFILE },
  { "host", "HOST", "name or address of a Modbus TCP meter or gateway" },
  { "port", "PORT", "its TCP port (default 502)" },
  { "unit", "UNIT", "unit id, 0..255; without it what the type suggests" },
  { "device", "DEVICE", "serial line of a Modbus RTU meter", OHMCTL_WORD_FILE },
  { "link", "LINK", "a configured link, instead of an address", OHMCTL_WORD_LINK },
  { "sum", "PLACES", "a virtual meter, made of these places: 'main, solar, -heat'" },
  { "name", "NAME", "name for people" },
  { "poll", "PERIOD", "live period, 100ms and more (default 5s)" },
  { "serial", "SERIAL", "serial that the device must have" },
  { "place", "PLACE", "id of the place that it measures" },
  { "source", "GROUP", "group or input of the meter that measures the place" },
  { "parent", "PLACE", "place above it", OHMCTL_WORD_PLACE },
  { "medium", "MEDIUM", "what the place measures: electricity, gas, water, heat" },
  { "direction", "DIRECTION", "'normal', or 'inverted' if import and export are swapped" },
  { "factor", "FACTOR", "factor from the meter's counters to the place's" },
  { "file", "FILE", "take the whole .meter file from here ('-': standard input)",
    OHMCTL_WORD_FILE },
  { "csv", "FILE", "add every line of a CSV file ('-': standard input)", OHMCTL_WORD_FILE },
  { OPTION_SAME, NULL, "it is the meter that had this id before: its series goes on" },
  { "dry-run", NULL, "check only; print the files that would be written" },
  { NULL },
};

const char ohmctl_add_text[] =
  "Writes a .meter file and starts the meter. An id is made of a-z, 0-9 and '-'; it is never used "
  "again for another meter: what a removed one has recorded would go on with another counter. A "
  "meter that was removed and comes back is added with --same-meter.\n\n"
  "With --csv many meters are added at once. The first line names the columns: 'id' and any of "
  "'type', 'host', 'port', 'unit', 'device', 'link', 'name', 'poll', 'serial', 'place', "
  "'place-name', 'source', 'parent', 'medium', 'direction', 'factor' or another key that 'ohmctl "
  "config explain meter' lists. An empty field leaves its key out. Comma, semicolon and tab "
  "separate. All lines are checked before anything is done; if one is wrong, all that is wrong "
  "is told by line and no meter is added.";

const char ohmctl_add_examples[] =
  "ohmctl add main --type=umg96rm --host=192.0.2.10\n"
  "ohmctl add lift --host=192.0.2.11 --unit=3 --place=lift --parent=main\n"
  "ohmctl add rest --sum='main, -lift, -heat'\n"
  "ohmctl add --csv=meters.csv --dry-run\n";

/* Keys of the options that describe a meter. */
static gboolean
ohmctl_add_is_key (const char *option)
{
  static const char *const others[] = { "file", "csv", "dry-run", OPTION_SAME, NULL };

  return !g_strv_contains (others, option);
}

static OhmctlNewMeter *
ohmctl_add_take_args (OhmctlArgs *args, GError **error)
{
  const char *id = ohmctl_args_word (args, 0);
  g_autoptr (OhmctlNewMeter) meter = NULL;

  if (id == NULL || strchr (id, '=') != NULL)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "the id of the new meter is missing: ohmctl add " OHMCTL_ADD_WORDS);
      return NULL;
    }
  meter = ohmctl_new_meter_new (id, /* line */ 0);
  for (const OhmctlOption *row = ohmctl_add_options; row->name != NULL; row++)
    if (ohmctl_add_is_key (row->name) && ohmctl_args_has (args, row->name))
      g_hash_table_replace (meter->keys, g_strdup (row->name),
                            g_strdup (ohmctl_args_get (args, row->name)));
  for (guint i = 1; i < ohmctl_args_n_words (args); i++)
    {
      char *key;
      const char *value;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return NULL;
      g_hash_table_replace (meter->keys, key, g_strdup (value));
    }
  if (g_hash_table_size (meter->keys) > 0 || ohmctl_args_has (args, "file"))
    return g_steal_pointer (&meter);
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
               "where is meter '%s'? name its address with --host or --device, or the places "
               "it is made of with --sum",
               id);
  return NULL;
}

static gboolean
ohmctl_add_take_file (OhmctlNewMeter *meter, OhmctlArgs *args, GError **error)
{
  gsize length;

  if (g_hash_table_size (meter->keys) > 0)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "with --file everything stands in the file: leave out the other keys");
      return FALSE;
    }
  meter->text = ohmctl_read_file (ohmctl_args_get (args, "file"), FILE_MAX, &length, error);
  return meter->text != NULL;
}

static gboolean
ohmctl_add_check_header (const OhmctlCsvRow *header, const char *path, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < header->fields->len; i++)
    {
      const char *column = header->fields->pdata[i];

      if (*column == '\0' || !g_hash_table_add (seen, g_strdup (column)))
        {
          g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "%s:%u: column %u %s%s%s", path,
                       header->line, i + 1, *column == '\0' ? "has no name" : "'", column,
                       *column == '\0' ? "" : "' is there twice");
          return FALSE;
        }
    }
  if (g_hash_table_contains (seen, "id"))
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
               "%s:%u: the first line names the columns, and one of them is 'id'", path,
               header->line);
  return FALSE;
}

static OhmctlNewMeter *
ohmctl_add_take_row (const OhmctlCsvRow *header, const OhmctlCsvRow *row)
{
  OhmctlNewMeter *meter = ohmctl_new_meter_new ("", row->line);

  meter->header_line = header->line;
  for (guint i = 0; i < row->fields->len; i++)
    {
      const char *column = header->fields->pdata[i];
      const char *value = row->fields->pdata[i];

      if (strcmp (column, "id") == 0)
        {
          g_free (meter->id);
          meter->id = g_strdup (value);
        }
      else if (*value != '\0')
        g_hash_table_replace (meter->keys, g_strdup (column), g_strdup (value));
    }
  return meter;
}

static gboolean
ohmctl_add_take_csv (const char *path, GPtrArray *meters, GError **error)
{
  g_autoptr (GPtrArray) rows = ohmctl_csv_load (path, error);

  if (rows == NULL || !ohmctl_add_check_header (rows->pdata[0], path, error))
    return FALSE;
  for (guint i = 1; i < rows->len; i++)
    g_ptr_array_add (meters, ohmctl_add_take_row (rows->pdata[0], rows->pdata[i]));
  if (meters->len > 0)
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "%s: there is no meter in it", path);
  return FALSE;
}

/* The meter that a refusal is about: it names the meter or its file. (nullable) */
static const OhmctlNewMeter *
ohmctl_add_find_refused (GPtrArray *meters, const char *text)
{
  for (guint i = 0; i < meters->len; i++)
    {
      const OhmctlNewMeter *meter = meters->pdata[i];
      g_autofree char *name = g_strdup_printf ("meter '%s'", meter->id);
      g_autofree char *file = g_strdup_printf ("/%s" OHM_METER_SUFFIX ":", meter->id);

      if (meters->len == 1 || strstr (text, name) != NULL || strstr (text, file) != NULL)
        return meter;
    }
  return NULL;
}

static void
ohmctl_add_prefix (GPtrArray *meters, const char *csv, GError **error)
{
  const OhmctlNewMeter *meter = ohmctl_add_find_refused (meters, (*error)->message);

  if (meter == NULL)
    g_prefix_error (error, "%s: nothing was added: ", csv);
  else if (meter->line > 0)
    g_prefix_error (error, "%s:%u: nothing was added: ", csv, meter->line);
  else
    g_prefix_error (error, "meter '%s': ", meter->id);
}

/* All or none: the daemon takes them together. */
static gboolean
ohmctl_add_all (OhmctlContext *context, OhmctlArgs *args, GPtrArray *meters, GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  for (guint i = 0; i < meters->len; i++)
    {
      const OhmctlNewMeter *meter = meters->pdata[i];
      g_autofree char *text = ohmctl_new_meter_dup_text (meter);

      g_variant_builder_add (&builder, "(ss)", meter->id, text);
    }
  if (ohmctl_args_has (args, OPTION_SAME))
    g_variant_dict_insert (&options, OPTION_SAME, "b", TRUE);
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.AddMeters",
                                  g_variant_new ("(a(ss)@a{sv})", &builder,
                                                 g_variant_dict_end (&options)),
                                  "(ao)", error);
  if (reply == NULL)
    ohmctl_add_prefix (meters, ohmctl_args_get (args, "csv"), error);
  return reply != NULL;
}

/* Adapters are numbered as they are found: what is ttyUSB0 today may be ttyUSB1 tomorrow. */
static void
ohmctl_add_print_device (const OhmctlNewMeter *meter)
{
  const char *device = g_hash_table_lookup (meter->keys, "device");
  g_autofree char *stable = device != NULL
                              ? ohmctl_device_find_stable (OHMCTL_DEVICE_STABLE_DIR, device)
                              : NULL;
  g_autofree char *argument = stable != NULL ? ohmctl_format_argument (stable) : NULL;

  if (argument != NULL)
    ohmctl_printf ("%s may be another adapter after a restart; this name stays:\n"
                   "  ohmctl meter set %s device=%s\n",
                   device, meter->id, argument);
}

static void
ohmctl_add_print (OhmctlContext *context, GPtrArray *meters, gboolean is_dry_run)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_boolean (json, "added", !is_dry_run);
  ohmctl_json_begin_array (json, "meters");
  for (guint i = 0; i < meters->len; i++)
    {
      const OhmctlNewMeter *meter = meters->pdata[i];
      g_autofree char *text = ohmctl_new_meter_dup_text (meter);

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "id", meter->id);
      ohmctl_json_string (json, "text", text);
      ohmctl_json_end_object (json);
      if (context->is_json)
        continue;
      if (is_dry_run)
        ohmctl_printf ("%s# %s.meter\n%s", i > 0 ? "\n" : "", meter->id, text);
      else if (meters->len == 1)
        {
          ohmctl_printf ("meter '%s' is added; 'ohmctl meter show %s' tells how it is doing\n",
                         meter->id, meter->id);
          ohmctl_add_print_device (meter);
        }
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  if (context->is_json)
    ohmctl_print_json (json);
  else if (!is_dry_run && meters->len > 1)
    ohmctl_printf ("%u meters are added; 'ohmctl status' tells how they are doing\n", meters->len);
}

static gboolean
ohmctl_add_fail (GPtrArray *findings, gboolean is_file, GError **error)
{
  g_autofree char *text = NULL;
  guint n = findings->len;

  if (n > 50)
    g_ptr_array_set_size (findings, 50);
  g_ptr_array_add (findings, NULL);
  text = g_strjoinv ("\n", (char **) findings->pdata);
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "%s%s\n%s",
               is_file ? "nothing was added: the file is wrong" : "the meter is wrong",
               n > 50 ? " (the first 50 findings)" : "", text);
  return FALSE;
}

/* One device under two names is rarely meant: its energy counts twice. */
static void
ohmctl_add_warn_twin (GPtrArray *all, OhmctlObject *meter)
{
  const char *link = ohmctl_object_string (meter, "Link");

  for (guint i = 0; i < all->len; i++)
    {
      OhmctlObject *other = all->pdata[i];

      if (strcmp (ohmctl_object_get_id (other), ohmctl_object_get_id (meter)) != 0 &&
          strcmp (ohmctl_object_string (other, "Link"), link) == 0 &&
          ohmctl_object_integer (other, "Unit") == ohmctl_object_integer (meter, "Unit"))
        ohmctl_printf ("meter '%s' is at the same address: unit %" G_GINT64_FORMAT " of '%s'\n",
                       ohmctl_object_get_id (other), ohmctl_object_integer (meter, "Unit"), link);
    }
}

/* Says at once if a link cannot carry what is asked of it from now on. */
static void
ohmctl_add_warn (OhmctlContext *context, GPtrArray *meters)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) all = ohmctl_object_list (context, OHMCTL_KIND_METER, /* error */ NULL);

  for (guint i = 0; i < meters->len; i++)
    {
      const OhmctlNewMeter *meter = meters->pdata[i];
      g_autoptr (OhmctlObject) object = ohmctl_object_get (context, OHMCTL_KIND_METER, meter->id,
                                                           /* error */ NULL);
      const char *link = object != NULL ? ohmctl_object_string (object, "Link") : "";
      g_autofree char *path = ohmctl_connection_dup_path ("links", link);

      if (*link != '\0' && all != NULL)
        ohmctl_add_warn_twin (all, object);
      if (*link != '\0' && g_hash_table_add (seen, g_strdup (link)))
        ohmctl_link_warn (context, link, path);
    }
}

gboolean
ohmctl_add_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) meters = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohmctl_new_meter_free);
  g_autoptr (GPtrArray) findings = NULL;
  const char *csv = ohmctl_args_get (args, "csv");
  gboolean is_dry_run = ohmctl_args_has (args, "dry-run");
  OhmctlNewMeter *meter = csv == NULL ? ohmctl_add_take_args (args, error) : NULL;

  if (csv == NULL && meter == NULL)
    return FALSE;
  if (meter != NULL)
    g_ptr_array_add (meters, meter);
  if (csv != NULL && !ohmctl_add_take_csv (csv, meters, error))
    return FALSE;
  if (csv == NULL && ohmctl_args_has (args, "file") && !ohmctl_add_take_file (meter, args, error))
    return FALSE;
  if (!ohmctl_new_meters_check (context, meters, csv, &findings, error))
    return FALSE;
  if (findings->len > 0)
    return ohmctl_add_fail (findings, csv != NULL, error);
  if (!is_dry_run && !ohmctl_add_all (context, args, meters, error))
    return FALSE;
  ohmctl_add_print (context, meters, is_dry_run);
  if (!is_dry_run && !context->is_json)
    ohmctl_add_warn (context, meters);
  return TRUE;
}

const OhmctlVerb ohmctl_add_verbs[] = {
  {
    .verb = "add",
    .words = OHMCTL_ADD_WORDS,
    .summary = "add a meter, or many from a CSV file",
    .text = ohmctl_add_text,
    .examples = ohmctl_add_examples,
    .options = ohmctl_add_options,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_ANY, OHMCTL_WORD_KEY },
    .run = ohmctl_add_run,
  },
  { NULL },
};
