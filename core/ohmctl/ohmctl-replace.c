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
  { "last", "[POINT=]VALUE", "counter of the old meter when it was taken out",
    OHMCTL_WORD_COUNTER },
  { "first", "[POINT=]VALUE", "counter of the new meter when it was put in", OHMCTL_WORD_COUNTER },
  { "force", NULL, "take the counters as they are, and the device that answers as a new one" },
  { NULL },
};

const char ohmctl_replace_text[] =
  "Closes the series of the old device and opens that of the new one under the same places, so "
  "that "
  "the history goes on without a step. The device that answers now becomes the one that is "
  "expected.\n\n"
  "Counters are given as the meter shows them, in Wh or with their unit. A meter with groups or "
  "inputs takes them as GROUP.POINT=VALUE, or GROUP=VALUE for the main counter of the "
  "group: " DEFAULT_POINT
  ", or pulse-value of an input. Without a name they are the main counter of the "
  "only place that the meter measures. Both options may be given once for each counter.\n\n"
  "A last counter that is less than what was recorded, or more than the meter can have counted "
  "since, is refused, and so is an exchange after which the same serial number answers: --force "
  "says that it is right. What is less by no more than a display cuts off (1 kWh) is taken as "
  "what was recorded.";

const char ohmctl_replace_examples[] =
  "ohmctl meter replace main --last='133456.8 kWh' --first=0\n"
  "ohmctl meter replace main --last=energy-active-export.total=1200kWh\n"
  "ohmctl meter replace panel --last=m1g2=5021kWh --first=m1g2=0\n"
  "ohmctl meter replace water --last=in3=1204.5 --last=in3.pulse-count=12045\n";

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

/* What the counters of an exchange may be called. */
typedef struct
{
  const char *meter;
  OhmctlPointSet *set; /* points of the meter */
  GPtrArray *groups;   /* (element-type utf8): those that places measure, each once */
} OhmctlReplacing;

/* (transfer full): `POINT` in a group, which may be none */
static char *
ohmctl_replace_dup_name (const char *group, const char *point)
{
  return g_strconcat (group, *group != '\0' ? "." : "", point, NULL);
}

static gboolean
ohmctl_replace_has_point (const OhmctlReplacing *self, const char *name)
{
  return ohmctl_point_set_find (self->set, name, &(guint){ 0 });
}

/* (transfer full) (nullable): the counter that is meant if only its group is told */
static char *
ohmctl_replace_dup_main_counter (const OhmctlReplacing *self, const char *group)
{
  static const char *const points[] = { DEFAULT_POINT, "pulse-value", "volume", "energy-heat" };

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_autofree char *name = ohmctl_replace_dup_name (group, points[i]);

      if (ohmctl_replace_has_point (self, name))
        return g_steal_pointer (&name);
    }
  return NULL;
}

/* The counter that a value without a name belongs to. */
static char *
ohmctl_replace_dup_only_counter (const OhmctlReplacing *self, const char *text, GError **error)
{
  g_autofree char *name = NULL;

  for (guint i = 0; i < self->groups->len && name == NULL; i++)
    name = ohmctl_replace_dup_main_counter (self, self->groups->pdata[i]);
  if (self->groups->len <= 1 && name != NULL)
    return g_steal_pointer (&name);
  if (self->groups->len <= 1)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "'%s': which counter? Give it as POINT=VALUE", text);
  else
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "'%s': meter '%s' counts for %u places: say which, as in %s=%s", text, self->meter,
                 self->groups->len, name != NULL ? name : "GROUP.POINT", text);
  return NULL;
}

/* (transfer full) (nullable): the whole name of a counter that was called @name */
static char *
ohmctl_replace_dup_point (const OhmctlReplacing *self, const char *name, GError **error)
{
  g_autofree const char **names = NULL;
  g_autofree char *grouped = NULL;
  char *found;

  if (ohmctl_replace_has_point (self, name))
    return g_strdup (name);
  for (guint i = 0; i < self->groups->len; i++)
    {
      found = g_str_equal (self->groups->pdata[i], name)
                ? ohmctl_replace_dup_main_counter (self, name)
                : NULL;
      if (found != NULL)
        return found;
    }
  if (self->groups->len == 1)
    grouped = ohmctl_replace_dup_name (self->groups->pdata[0], name);
  if (grouped != NULL && ohmctl_replace_has_point (self, grouped))
    return g_steal_pointer (&grouped);
  names = ohmctl_point_set_dup_names (self->set);
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "point", name, names);
  return NULL;
}

static gboolean
ohmctl_replace_take_one (const OhmctlReplacing *self,
                         const char *text,
                         GVariantDict *values,
                         GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *called = equals != NULL ? g_strndup (text, (gsize) (equals - text)) : NULL;
  g_autofree char *name = called != NULL ? ohmctl_replace_dup_point (self, called, error)
                                         : ohmctl_replace_dup_only_counter (self, text, error);
  guint index = 0;
  GVariant *value;

  if (name == NULL)
    return FALSE;
  ohmctl_point_set_find (self->set, name, &index);
  value = ohmctl_replace_parse_value (self->set->points->pdata[index],
                                      equals != NULL ? equals + 1 : text, error);
  if (value == NULL)
    return FALSE;
  g_variant_dict_insert_value (values, name, value);
  return TRUE;
}

/* Puts the values of an option into @options. */
static gboolean
ohmctl_replace_take (const OhmctlReplacing *self,
                     OhmctlArgs *args,
                     const char *option,
                     GVariantDict *options,
                     GError **error)
{
  GPtrArray *texts = ohmctl_args_get_all (args, option);
  g_auto (GVariantDict) values = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; texts != NULL && i < texts->len; i++)
    if (!ohmctl_replace_take_one (self, texts->pdata[i], &values, error))
      return FALSE;
  if (texts != NULL)
    g_variant_dict_insert_value (options, option, g_variant_dict_end (&values));
  return TRUE;
}

/* (transfer full) (element-type utf8): groups of the meter that places measure */
static GPtrArray *
ohmctl_replace_list_groups (OhmctlContext *context, const char *meter, GError **error)
{
  g_autoptr (GPtrArray) places = ohmctl_object_list (context, OHMCTL_KIND_PLACE, error);
  GPtrArray *groups;

  if (places == NULL)
    return NULL;
  groups = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < places->len; i++)
    {
      const char *group = ohmctl_object_string (places->pdata[i], "Source");

      if (g_str_equal (ohmctl_object_string (places->pdata[i], "Meter"), meter) &&
          !g_ptr_array_find_with_equal_func (groups, group, g_str_equal, NULL))
        g_ptr_array_add (groups, g_strdup (group));
    }
  return groups;
}

static gboolean
ohmctl_replace_take_options (OhmctlContext *context,
                             OhmctlArgs *args,
                             OhmctlObject *meter,
                             GVariantDict *options,
                             GError **error)
{
  g_autoptr (GPtrArray) groups = NULL;
  OhmctlReplacing self = { .meter = ohmctl_object_get_id (meter) };

  if (!ohmctl_args_has (args, "last") && !ohmctl_args_has (args, "first"))
    return TRUE;
  groups = ohmctl_replace_list_groups (context, self.meter, error);
  if (groups == NULL)
    return FALSE;
  self.groups = groups;
  self.set = ohmctl_point_set_get (context, ohmctl_object_string (meter, "PointSet"), error);
  return self.set != NULL && ohmctl_replace_take (&self, args, "last", options, error) &&
         ohmctl_replace_take (&self, args, "first", options, error);
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
  if (ohmctl_args_has (args, "force"))
    g_variant_dict_insert (&options, "force", "b", TRUE);
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
