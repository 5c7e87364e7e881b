/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-replace.h"

#include <math.h>
#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-reading.h"

#define DEFAULT_POINT "energy-active-import.total"

const OhmctlOption ohmctl_replace_options[] = {
  { "last", "[POINT=]VALUE", "counter of the old meter when it was taken out" },
  { "first", "[POINT=]VALUE", "counter of the new meter when it was put in" },
  { NULL },
};

const char ohmctl_replace_text[] =
  "Closes the series of the old device and opens that of the new one under the same places, so "
  "that "
  "the history goes on without a step. The device that answers now becomes the one that is "
  "expected.\n\n"
  "Counters are given in Wh, or with their unit; without a point they are that of " DEFAULT_POINT
  ". Both options may be given once for each point.";

const char ohmctl_replace_examples[] =
  "ohmctl meter replace main --last='133456.8 kWh' --first=0\n"
  "ohmctl meter replace main --last=energy-active-export.total=1200kWh\n";

/* 1, 1000 or 1000000: how many of @wanted there are in one @unit; 0 if they do not fit */
static gint64
ohmctl_replace_scale (const char *unit, const char *wanted)
{
  if (*unit == '\0' || strcmp (unit, wanted) == 0)
    return 1;
  if (*wanted == '\0' || strcmp (unit + 1, wanted) != 0)
    return 0;
  return *unit == 'k' ? 1000 : *unit == 'M' ? 1000000 : 0;
}

GVariant *
ohmctl_replace_parse_value (const OhmctlPoint *point, const char *text, GError **error)
{
  gsize length = strspn (text, "0123456789.-");
  g_autofree char *number = g_strndup (text, length);
  g_autofree char *unit = g_strstrip (g_strdup (text + length));
  gint64 scale = ohmctl_replace_scale (unit, point->unit);
  char *end;
  gint64 integer = g_ascii_strtoll (number, &end, 10);
  gboolean is_whole = length > 0 && length < 19 && *end == '\0';
  double real = g_ascii_strtod (number, &end);

  if (length == 0 || *end != '\0' || scale == 0 || fabs (real) * (double) scale > 9e18)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "'%s' is not a value of %s in %s%s",
                   text, point->name, *point->unit != '\0' ? point->unit : "no unit",
                   ohmctl_point_is_counter (point) && *point->unit != '\0' ? " or a thousand of it"
                                                                           : "");
      return NULL;
    }
  if (!point->is_integer)
    return g_variant_new_double (real * (double) scale);
  return g_variant_new_int64 (is_whole ? integer * scale
                                       : (gint64) llround (real * (double) scale));
}

static const OhmctlPoint *
ohmctl_replace_find_point (OhmctlPointSet *set, const char *name, GError **error)
{
  g_autofree const char **names = ohmctl_point_set_dup_names (set);
  guint index;

  if (ohmctl_point_set_find (set, name, &index))
    return set->points->pdata[index];
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "point", name, names);
  return NULL;
}

static gboolean
ohmctl_replace_take_one (OhmctlPointSet *set,
                         const char *text,
                         GVariantDict *values,
                         GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = equals != NULL ? g_strndup (text, (gsize) (equals - text))
                                         : g_strdup (DEFAULT_POINT);
  const OhmctlPoint *point = ohmctl_replace_find_point (set, name, error);
  GVariant *value;

  if (point == NULL)
    return FALSE;
  value = ohmctl_replace_parse_value (point, equals != NULL ? equals + 1 : text, error);
  if (value == NULL)
    return FALSE;
  g_variant_dict_insert_value (values, name, value);
  return TRUE;
}

/* Puts the values of an option into @options. */
static gboolean
ohmctl_replace_take (OhmctlPointSet *set,
                     OhmctlArgs *args,
                     const char *option,
                     GVariantDict *options,
                     GError **error)
{
  GPtrArray *texts = ohmctl_args_get_all (args, option);
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; texts != NULL && i < texts->len; i++)
    if (!ohmctl_replace_take_one (set, texts->pdata[i], &values, error))
      return FALSE;
  if (texts != NULL)
    g_variant_dict_insert_value (options, option, g_variant_dict_end (&values));
  return TRUE;
}

static gboolean
ohmctl_replace_take_options (OhmctlContext *context,
                             OhmctlArgs *args,
                             OhmctlObject *meter,
                             GVariantDict *options,
                             GError **error)
{
  OhmctlPointSet *set;

  if (!ohmctl_args_has (args, "last") && !ohmctl_args_has (args, "first"))
    return TRUE;
  set = ohmctl_point_set_get (context, ohmctl_object_string (meter, "PointSet"), error);
  return set != NULL && ohmctl_replace_take (set, args, "last", options, error) &&
         ohmctl_replace_take (set, args, "first", options, error);
}

gboolean
ohmctl_replace_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  const char *id;

  if (meter == NULL || !ohmctl_replace_take_options (context, args, meter, &options, error))
    return FALSE;
  id = ohmctl_object_get_id (meter);
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.ReplaceMeter",
                                  g_variant_new ("(s@a{sv})", id, g_variant_dict_end (&options)),
                                  "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "meter", id,
                       "meter '%s' is replaced: its places go on with the new device", id);
  return TRUE;
}
