/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-watch-model.h"

#include <string.h>

#include "ohmctl-words.h"

/* Points that a column shows: the first one that there is. */
#define CANDIDATES_MAX 6
#define COLUMNS        9
#define NO_POINT       G_MAXUINT

/* A column is there from a width of the terminal on, and has always room for usual values. */
static const struct
{
  const char *title;
  guint from_width;
  guint min_width;
  const char *points[CANDIDATES_MAX];
} columns[COLUMNS] = {
  { "P", 0, 10, { "power-active.total", "power-active.total4" } },
  { "U L1", 70, 7, { "voltage.l1-n", "voltage.l1-l2" } },
  { "U L2", 118, 7, { "voltage.l2-n", "voltage.l2-l3" } },
  { "U L3", 118, 7, { "voltage.l3-n", "voltage.l3-l1" } },
  { "I L1", 61, 8, { "current.l1", "current.total" } },
  { "I L2", 118, 8, { "current.l2" } },
  { "I L3", 118, 8, { "current.l3" } },
  { "COS PHI", 79, 7, { "cos-phi.total", "power-factor.total", "cos-phi.l1", "power-factor.l1" } },
  { "IMPORT",
    0,
    14,
    { "energy-active-import.total", "pulse-value", "energy-heat", "volume", "pulse-count",
      "energy-active-net.total" } },
};

/**
 * OhmctlWatchGroup:
 * @name: (owned): `m1g2`; "" for the base group
 * @indices: point of each column, or %NO_POINT
 */
typedef struct
{
  char *name;
  guint indices[COLUMNS];
} OhmctlWatchGroup;

typedef struct
{
  OhmctlObject *object;   /* (owned) */
  OhmctlReading *reading; /* (owned) (nullable) */
} OhmctlWatchMeter;

struct _OhmctlWatchModel
{
  OhmctlContext *context;
  char **ids;         /* (owned) */
  GPtrArray *meters;  /* (owned) (element-type OhmctlWatchMeter), sorted */
  GHashTable *by_id;  /* (owned): id to OhmctlWatchMeter */
  GHashTable *groups; /* (owned): OhmctlPointSet to GPtrArray of OhmctlWatchGroup */
};

static void
ohmctl_watch_meter_free (gpointer data)
{
  OhmctlWatchMeter *meter = data;

  ohmctl_object_free (meter->object);
  g_clear_pointer (&meter->reading, ohmctl_reading_free);
  g_free (meter);
}

static void
ohmctl_watch_group_free (gpointer data)
{
  OhmctlWatchGroup *group = data;

  g_free (group->name);
  g_free (group);
}

OhmctlWatchModel *
ohmctl_watch_model_new (OhmctlContext *context, const char *const *ids)
{
  OhmctlWatchModel *self = g_new0 (OhmctlWatchModel, 1);

  self->context = context;
  self->ids = ohmctl_words_dup (ids);
  self->meters = g_ptr_array_new_with_free_func (ohmctl_watch_meter_free);
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->groups = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  return self;
}

void
ohmctl_watch_model_free (OhmctlWatchModel *self)
{
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->groups);
  g_ptr_array_unref (self->meters);
  g_strfreev (self->ids);
  g_free (self);
}

static OhmctlWatchMeter *
ohmctl_watch_model_find (OhmctlWatchModel *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

OhmctlObject *
ohmctl_watch_model_get_object (OhmctlWatchModel *self, const char *id)
{
  OhmctlWatchMeter *meter = ohmctl_watch_model_find (self, id);

  return meter != NULL ? meter->object : NULL;
}

static gboolean
ohmctl_watch_model_wants (OhmctlWatchModel *self, const char *id)
{
  return self->ids[0] == NULL || g_strv_contains ((const char *const *) self->ids, id);
}

void
ohmctl_watch_model_set_meters (OhmctlWatchModel *self, GPtrArray *meters)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->meters);
  g_autoptr (GHashTable) old_by_id = g_steal_pointer (&self->by_id);

  self->meters = g_ptr_array_new_with_free_func (ohmctl_watch_meter_free);
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < meters->len; i++)
    {
      const char *id = ohmctl_object_get_id (meters->pdata[i]);
      OhmctlWatchMeter *before = g_hash_table_lookup (old_by_id, id);
      OhmctlWatchMeter *meter;

      if (!ohmctl_watch_model_wants (self, id))
        continue;
      meter = g_new0 (OhmctlWatchMeter, 1);
      meter->object = ohmctl_object_copy (meters->pdata[i]);
      meter->reading = before != NULL ? g_steal_pointer (&before->reading) : NULL;
      g_ptr_array_add (self->meters, meter);
      g_hash_table_insert (self->by_id, g_strdup (id), meter);
    }
}

gboolean
ohmctl_watch_model_list (OhmctlWatchModel *self, GError **error)
{
  g_autoptr (GPtrArray) meters = ohmctl_object_list (self->context, OHMCTL_KIND_METER, error);

  if (meters == NULL)
    return FALSE;
  ohmctl_watch_model_set_meters (self, meters);
  return TRUE;
}

const char *
ohmctl_watch_model_update (OhmctlWatchModel *self, const char *path, GVariant *changed)
{
  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmctlWatchMeter *meter = self->meters->pdata[i];
      g_autofree char *before = NULL;

      if (strcmp (ohmctl_object_get_path (meter->object), path) != 0)
        continue;
      before = g_strdup (ohmctl_object_string (meter->object, "State"));
      ohmctl_object_update (meter->object, changed);
      return strcmp (before, ohmctl_object_string (meter->object, "State")) != 0
               ? ohmctl_object_get_id (meter->object)
               : NULL;
    }
  return NULL;
}

static OhmctlReading *
ohmctl_watch_model_parse (OhmctlWatchModel *self, GVariant *row, const char **ret_id)
{
  const char *set_id;
  gint64 time_us;
  g_autoptr (GVariant) cells = NULL;
  g_autoptr (GVariant) qualities = NULL;
  g_autoptr (GVariant) times = NULL;
  OhmctlPointSet *set;

  g_variant_get (row, "(&s&sx@at@ay@ax)", ret_id, &set_id, &time_us, &cells, &qualities, &times);
  if (*set_id == '\0' || time_us == 0)
    return NULL;
  set = ohmctl_point_set_get (self->context, set_id, /* error */ NULL);
  return set != NULL ? ohmctl_reading_new (set, time_us, cells, qualities, times) : NULL;
}

void
ohmctl_watch_model_take (OhmctlWatchModel *self,
                         GVariant *readings,
                         void (*func) (const char *id, gpointer data),
                         gpointer data)
{
  for (gsize i = 0; i < g_variant_n_children (readings); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (readings, i);
      const char *id;
      g_autoptr (OhmctlReading) reading = ohmctl_watch_model_parse (self, row, &id);
      OhmctlWatchMeter *meter = reading != NULL ? ohmctl_watch_model_find (self, id) : NULL;

      if (meter == NULL)
        continue;
      g_clear_pointer (&meter->reading, ohmctl_reading_free);
      meter->reading = g_steal_pointer (&reading);
      if (func != NULL)
        func (id, data);
    }
}

guint
ohmctl_watch_model_n_meters (OhmctlWatchModel *self)
{
  return self->meters->len;
}

guint
ohmctl_watch_model_n_read (OhmctlWatchModel *self)
{
  guint n = 0;

  for (guint i = 0; i < self->meters->len; i++)
    if (((OhmctlWatchMeter *) self->meters->pdata[i])->reading != NULL)
      n++;
  return n;
}

char *
ohmctl_watch_model_dup_counts (OhmctlWatchModel *self)
{
  static const char *const states[] = {
    "ok",          "partial",      "starting",      "silent",
    "unreachable", "wrong-device", "misconfigured", "disabled"
  };
  GString *text = g_string_new (NULL);
  const char *separator = ": ";

  g_string_append_printf (text, "%u meter%s", self->meters->len, self->meters->len == 1 ? "" : "s");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      guint n = 0;

      for (guint k = 0; k < self->meters->len; k++)
        {
          OhmctlWatchMeter *meter = self->meters->pdata[k];

          n += strcmp (ohmctl_object_string (meter->object, "State"), states[i]) == 0 ? 1 : 0;
        }
      if (n == 0)
        continue;
      g_string_append_printf (text, "%s%u %s", separator, n, states[i]);
      separator = ", ";
    }
  return g_string_free (text, FALSE);
}

/* Splits `m1g2.power-active.total`: a group ends in a digit, a quantity has none. */
static const char *
ohmctl_watch_group_split (const char *name, char **ret_group)
{
  const char *dot = strchr (name, '.');

  if (dot == NULL || dot == name || !g_ascii_isdigit (dot[-1]))
    {
      *ret_group = g_strdup ("");
      return name;
    }
  *ret_group = g_strndup (name, (gsize) (dot - name));
  return dot + 1;
}

static OhmctlWatchGroup *
ohmctl_watch_group_find (GPtrArray *groups, const char *name)
{
  OhmctlWatchGroup *group;

  for (guint i = 0; i < groups->len; i++)
    {
      group = groups->pdata[i];
      if (strcmp (group->name, name) == 0)
        return group;
    }
  group = g_new0 (OhmctlWatchGroup, 1);
  group->name = g_strdup (name);
  for (guint i = 0; i < COLUMNS; i++)
    group->indices[i] = NO_POINT;
  g_ptr_array_add (groups, group);
  return group;
}

/* Where @name stands in the candidates of a column; %CANDIDATES_MAX if it does not. */
static guint
ohmctl_watch_column_rank (guint column, const char *name)
{
  for (guint i = 0; i < CANDIDATES_MAX && columns[column].points[i] != NULL; i++)
    if (strcmp (columns[column].points[i], name) == 0)
      return i;
  return CANDIDATES_MAX;
}

static void
ohmctl_watch_group_offer (OhmctlWatchGroup *group,
                          OhmctlPointSet *set,
                          guint index,
                          const char *name)
{
  for (guint i = 0; i < COLUMNS; i++)
    {
      guint rank = ohmctl_watch_column_rank (i, name);
      guint present = CANDIDATES_MAX;

      if (rank == CANDIDATES_MAX)
        continue;
      if (group->indices[i] != NO_POINT)
        {
          const OhmctlPoint *point = set->points->pdata[group->indices[i]];
          g_autofree char *ignored = NULL;

          present = ohmctl_watch_column_rank (i, ohmctl_watch_group_split (point->name, &ignored));
        }
      if (rank < present)
        group->indices[i] = index;
    }
}

static gboolean
ohmctl_watch_group_is_empty (const OhmctlWatchGroup *group)
{
  for (guint i = 0; i < COLUMNS; i++)
    if (group->indices[i] != NO_POINT)
      return FALSE;
  return TRUE;
}

/* The groups of a point set that have something to show; made once. */
static GPtrArray *
ohmctl_watch_model_get_groups (OhmctlWatchModel *self, OhmctlPointSet *set)
{
  GPtrArray *groups = g_hash_table_lookup (self->groups, set);

  if (groups != NULL)
    return groups;
  groups = g_ptr_array_new_with_free_func (ohmctl_watch_group_free);
  for (guint i = 0; i < set->points->len; i++)
    {
      const OhmctlPoint *point = set->points->pdata[i];
      g_autofree char *name = NULL;
      const char *rest = ohmctl_watch_group_split (point->name, &name);

      ohmctl_watch_group_offer (ohmctl_watch_group_find (groups, name), set, i, rest);
    }
  for (guint i = groups->len; i > 0; i--)
    if (ohmctl_watch_group_is_empty (groups->pdata[i - 1]))
      g_ptr_array_remove_index (groups, i - 1);
  g_hash_table_insert (self->groups, set, groups);
  return groups;
}

/* Whether every value that is shown was asked for at least once. */
static gboolean
ohmctl_watch_model_is_complete (OhmctlWatchModel *self, OhmctlWatchMeter *meter)
{
  GPtrArray *groups = ohmctl_watch_model_get_groups (self, meter->reading->set);

  for (guint i = 0; i < groups->len; i++)
    {
      const OhmctlWatchGroup *group = groups->pdata[i];

      for (guint k = 0; k < COLUMNS; k++)
        if (group->indices[k] != NO_POINT &&
            meter->reading->qualities[group->indices[k]] == OHM_QUALITY_NONE)
          return FALSE;
    }
  return TRUE;
}

gboolean
ohmctl_watch_model_is_settled (OhmctlWatchModel *self)
{
  static const char *const ended[] = { "silent",        "unreachable", "wrong-device",
                                       "misconfigured", "disabled",    NULL };

  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmctlWatchMeter *meter = self->meters->pdata[i];
      const char *state = ohmctl_object_string (meter->object, "State");
      gboolean has_values = meter->reading != NULL && ohmctl_watch_model_is_complete (self, meter);

      /* the first values come before the state that they lead to */
      if (g_str_equal (state, "starting") || (!has_values && !g_strv_contains (ended, state)))
        return FALSE;
    }
  return TRUE;
}

static gint64
ohmctl_watch_meter_stale_after_us (OhmctlWatchMeter *meter)
{
  return ohmctl_stale_after_us (ohmctl_object_integer (meter->object, "PollPeriod"));
}

/* Which points are read once a minute is not known here: a single value is stale after the longer
 * time, all of them when nothing came within the shorter one. */
static gboolean
ohmctl_watch_meter_is_stale (OhmctlWatchMeter *meter, guint index, gint64 now_us)
{
  gint64 live_us = ohmctl_watch_meter_stale_after_us (meter);
  gint64 time_us = ohmctl_reading_time_us (meter->reading, index);

  return now_us - meter->reading->time_us > live_us ||
         now_us - time_us > MAX (live_us, OHMCTL_STALE_SLOW_US);
}

static void
ohmctl_watch_model_add_value (OhmctlTable *table,
                              OhmctlWatchMeter *meter,
                              guint index,
                              gint64 now_us)
{
  g_autofree char *text = NULL;

  if (index == NO_POINT)
    ohmctl_table_add (table, " ");
  else if (!ohmctl_reading_has_value (meter->reading, index))
    ohmctl_table_add (table, NULL);
  else
    {
      text = ohmctl_format_value (meter->reading->set->points->pdata[index],
                                  meter->reading->cells[index]);
      ohmctl_table_add_styled (table, text,
                               ohmctl_watch_meter_is_stale (meter, index, now_us)
                                 ? OHMCTL_STYLE_DIM
                                 : OHMCTL_STYLE_PLAIN);
    }
}

/* Age while all is well, else what is wrong. */
static void
ohmctl_watch_model_add_state (OhmctlTable *table, OhmctlWatchMeter *meter, gint64 now_us)
{
  const char *state = ohmctl_object_string (meter->object, "State");
  gint64 age_us = meter->reading != NULL ? now_us - meter->reading->time_us : 0;
  g_autofree char *age = ohmctl_format_age (age_us);
  g_autofree char *stale = g_strdup_printf ("stale %s", age);

  if (meter->reading == NULL || (strcmp (state, "ok") != 0 && strcmp (state, "partial") != 0))
    ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
  else if (age_us > ohmctl_watch_meter_stale_after_us (meter))
    ohmctl_table_add_styled (table, stale, OHMCTL_STYLE_WARNING);
  else if (strcmp (state, "partial") == 0)
    ohmctl_table_add_styled (table, "partial", OHMCTL_STYLE_WARNING);
  else
    ohmctl_table_add (table, age);
}

static void
ohmctl_watch_model_add_row (OhmctlTable *table,
                            OhmctlWatchMeter *meter,
                            const OhmctlWatchGroup *group,
                            gboolean is_first,
                            guint width,
                            gint64 now_us)
{
  const char *id = ohmctl_object_get_id (meter->object);
  g_autofree char *name = group == NULL || *group->name == '\0' ? g_strdup (id)
                          : is_first ? g_strdup_printf ("%s %s", id, group->name)
                                     : g_strdup_printf ("  %s", group->name);

  ohmctl_table_add (table, name);
  for (guint i = 0; i < COLUMNS; i++)
    if (columns[i].from_width <= width)
      {
        if (group == NULL)
          ohmctl_table_add (table, " ");
        else
          ohmctl_watch_model_add_value (table, meter, group->indices[i], now_us);
      }
  if (is_first)
    ohmctl_watch_model_add_state (table, meter, now_us);
  else
    ohmctl_table_add (table, " ");
}

static void
ohmctl_watch_model_add_meter (OhmctlWatchModel *self,
                              OhmctlTable *table,
                              OhmctlWatchMeter *meter,
                              guint width,
                              gint64 now_us)
{
  GPtrArray *groups = meter->reading != NULL
                        ? ohmctl_watch_model_get_groups (self, meter->reading->set)
                        : NULL;

  if (groups == NULL || groups->len == 0)
    ohmctl_watch_model_add_row (table, meter, /* group */ NULL, TRUE, width, now_us);
  for (guint i = 0; groups != NULL && i < groups->len; i++)
    ohmctl_watch_model_add_row (table, meter, groups->pdata[i], i == 0, width, now_us);
}

OhmctlTable *
ohmctl_watch_model_new_table (OhmctlWatchModel *self, const char *id, guint width, gint64 now_us)
{
  OhmctlTable *table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "METER", OHMCTL_ALIGN_SHRINK);
  for (guint i = 0; i < COLUMNS; i++)
    if (columns[i].from_width <= width)
      {
        ohmctl_table_add_column (table, columns[i].title, OHMCTL_ALIGN_UNIT);
        ohmctl_table_set_min_width (table, columns[i].min_width);
      }
  ohmctl_table_add_column (table, "AGE", OHMCTL_ALIGN_LEFT);
  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmctlWatchMeter *meter = self->meters->pdata[i];

      if (id == NULL || strcmp (id, ohmctl_object_get_id (meter->object)) == 0)
        ohmctl_watch_model_add_meter (self, table, meter, width, now_us);
    }
  return table;
}

void
ohmctl_watch_model_write (OhmctlWatchModel *self,
                          OhmctlJson *json,
                          const char *id,
                          gboolean has_state,
                          gint64 now_us)
{
  OhmctlWatchMeter *meter = ohmctl_watch_model_find (self, id);

  if (meter == NULL || (meter->reading == NULL && !has_state))
    return;
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "meter", id);
  if (has_state)
    ohmctl_json_string (json, "state", ohmctl_object_string (meter->object, "State"));
  ohmctl_json_time (json, "time", meter->reading != NULL ? meter->reading->time_us : 0);
  ohmctl_json_begin_object (json, "values");
  for (guint i = 0; meter->reading != NULL && i < meter->reading->set->points->len; i++)
    ohmctl_json_value (json, meter->reading, i, ohmctl_watch_meter_is_stale (meter, i, now_us),
                       meter->reading->time_us);
  ohmctl_json_end_object (json);
  ohmctl_json_end_object (json);
}

void
ohmctl_watch_model_write_all (OhmctlWatchModel *self,
                              OhmctlJson *json,
                              const char *key,
                              gint64 now_us)
{
  ohmctl_json_begin_array (json, key);
  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmctlWatchMeter *meter = self->meters->pdata[i];

      ohmctl_watch_model_write (self, json, ohmctl_object_get_id (meter->object), TRUE, now_us);
    }
  ohmctl_json_end_array (json);
}
