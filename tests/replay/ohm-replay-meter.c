/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-replay-meter.h"

#include <gmodule.h>

#include "ohm-builtin-plugins.h"

#define OHM_REPLAY_STEPS_MAX 5000
#define ALL_CLASSES          (OHM_READ_LIVE | OHM_READ_SLOW | OHM_READ_SLOT)
#define BUFFER_SIZE          (2 * OHM_READ_REGISTERS_MAX)

static OhmProfile *
ohm_replay_on_lookup (const char *id, gpointer user_data)
{
  GHashTable *parents = user_data;
  const char *plugin_dir = g_hash_table_lookup (parents, "");
  OhmProfile *parent = ohm_replay_load_profile (plugin_dir, id, NULL);

  if (parent != NULL)
    g_hash_table_insert (parents, g_strdup (id), parent);
  return parent;
}

static void
ohm_replay_release_parent (gpointer key, gpointer value, gpointer user_data)
{
  if (((const char *) key)[0] != '\0')
    ohm_profile_unref (value);
}

OhmProfile *
ohm_replay_load_profile (const char *plugin_dir, const char *id, GError **error)
{
  g_autofree char *name = g_strconcat (id, OHM_PROFILE_SUFFIX, NULL);
  g_autofree char *path = g_build_filename (plugin_dir, name, NULL);
  g_autofree char *dir = g_strdup (plugin_dir);
  g_autofree char *text = NULL;
  g_autoptr (GHashTable) parents = NULL;
  OhmProfile *profile;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  parents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (parents, g_strdup (""), dir);
  profile = ohm_profile_parse (name, text, length, ohm_replay_on_lookup, parents, error);
  g_hash_table_foreach (parents, ohm_replay_release_parent, NULL);
  return profile;
}

static const OhmPluginInfo *
ohm_replay_find_plugin (const char *plugin_dir, const char *id, GError **error)
{
  g_autofree char *name = g_strconcat (id, ".", G_MODULE_SUFFIX, NULL);
  g_autofree char *path = g_build_filename (plugin_dir, name, NULL);
  gpointer symbol = NULL;
  GModule *module;

  for (guint i = 0; ohm_builtin_plugins[i] != NULL; i++)
    if (g_str_equal (ohm_builtin_plugins[i]->id, id))
      return ohm_builtin_plugins[i];
  module = g_module_open_full (path, G_MODULE_BIND_LOCAL, error);
  if (module == NULL)
    return NULL;
  g_module_make_resident (module);
  if (!g_module_symbol (module, "ohm_plugin", &symbol))
    g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "%s: no symbol ohm_plugin", path);
  return symbol;
}

GType
ohm_replay_load_class (const char *plugin_dir, OhmProfile *profile, GError **error)
{
  const char *family = ohm_profile_get_family (profile);
  const OhmPluginInfo *info;

  if (family == NULL)
    return OHM_TYPE_METER;
  info = ohm_replay_find_plugin (plugin_dir, family, error);
  if (info == NULL)
    return G_TYPE_INVALID;
  for (guint i = 0; i < OHM_PLUGIN_TYPES_MAX && info->types[i] != NULL; i++)
    if (g_type_is_a (info->types[i](), OHM_TYPE_METER))
      return info->types[i]();
  g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "plugin '%s' provides no meter", family);
  return G_TYPE_INVALID;
}

static void
ohm_replay_answer (OhmReplayDevice *device,
                   const OhmRequest *request,
                   guint number,
                   OhmReplayMangle mangle,
                   gpointer user_data,
                   OhmReply *ret_reply)
{
  guint8 buffer[BUFFER_SIZE] = { 0 };
  guint8 *exact;

  ohm_replay_device_answer (device, request, buffer, ret_reply);
  if (mangle != NULL)
    mangle (number, buffer, ret_reply, user_data);
  /* of the exact size, so that reading beyond it is seen by the sanitizer */
  exact = g_memdup2 (buffer, ret_reply->length);
  ret_reply->data = exact;
}

OhmFacts *
ohm_replay_survey (OhmMeter *meter,
                   OhmReplayDevice *device,
                   OhmReplayMangle mangle,
                   gpointer user_data,
                   GError **error)
{
  g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
  OhmReply reply = { 0 };

  for (guint step = 0; step < OHM_REPLAY_STEPS_MAX; step++)
    {
      g_autofree guint8 *last = (guint8 *) (guintptr) reply.data;
      OhmRequest request = { .unit = 1 };
      gboolean is_done = FALSE;

      if (!ohm_meter_survey (meter, step, step > 0 ? &reply : NULL, facts, &request, &is_done,
                             error))
        return NULL;
      if (is_done)
        return ohm_facts_builder_end (g_steal_pointer (&facts));
      ohm_replay_answer (device, &request, step, mangle, user_data, &reply);
    }
  g_free ((gpointer) (guintptr) reply.data);
  g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "the survey does not end within %d steps",
               OHM_REPLAY_STEPS_MAX);
  return NULL;
}

typedef struct
{
  OhmMeter *meter;
  OhmPlan *plan;
  OhmReplayDevice *device;
  guint8 function;
  OhmReplayMangle mangle;
  gpointer user_data;
  OhmReadingBuilder *out;
  guint number;
  guint n_begun;
} OhmReplayPoll;

static gboolean
ohm_replay_has_raw (const OhmReplayPoll *poll, const OhmRequestList *list, const OhmMerged *request)
{
  guint n = 0;
  const OhmEntry *entries = ohm_plan_get_entries (poll->plan, &n);

  for (guint i = request->first; i < request->first + request->n; i++)
    if ((entries[list->entries[i]].flags & OHM_ENTRY_RAW) != 0)
      return TRUE;
  return FALSE;
}

static void
ohm_replay_set_missing (const OhmReplayPoll *poll,
                        const OhmRequestList *list,
                        const OhmMerged *request)
{
  guint n = 0;
  const OhmEntry *entries = ohm_plan_get_entries (poll->plan, &n);

  for (guint i = request->first; i < request->first + request->n; i++)
    ohm_reading_builder_set_quality (poll->out, entries[list->entries[i]].point,
                                     OHM_QUALITY_MISSING);
}

/* One request; a refused one is halved down to the entry, as the core does. */
static void
ohm_replay_exchange (OhmReplayPoll *poll, const OhmRequestList *list, const OhmMerged *merged)
{
  OhmRequest request = {
    .unit = 1,
    .function = merged->function,
    .address = merged->address,
    .count = merged->count,
  };
  g_autoptr (OhmRequestList) halves = NULL;
  g_autofree guint8 *data = NULL;
  OhmReply reply;

  ohm_replay_answer (poll->device, &request, poll->number++, poll->mangle, poll->user_data, &reply);
  data = (guint8 *) (guintptr) reply.data;
  if (reply.exception != 0)
    halves = ohm_merge_split (poll->plan, list, merged, /* gap */ NULL);
  if (halves != NULL)
    {
      for (guint i = 0; i < halves->n_requests; i++)
        ohm_replay_exchange (poll, halves, &halves->requests[i]);
      return;
    }
  if (poll->n_begun++ >= OHM_READING_REQUESTS_MAX)
    return;
  ohm_reading_builder_begin_request (poll->out, reply.time_us);
  ohm_replay_set_missing (poll, list, merged);
  if (reply.exception != 0)
    return;
  ohm_decode_reply (poll->plan, list, merged, &reply, poll->out);
  if (ohm_replay_has_raw (poll, list, merged))
    ohm_meter_decode (poll->meter, &reply, poll->out, /* error */ NULL);
}

/* What the device does not have at present is missing without being asked for, as in the core. */
static void
ohm_replay_mark_absent (const OhmReplayPoll *poll)
{
  guint n = 0;
  const OhmEntry *entries = ohm_plan_get_entries (poll->plan, &n);

  for (guint i = 0; i < n; i++)
    if ((entries[i].flags & OHM_ENTRY_ABSENT) != 0)
      ohm_reading_builder_set_quality (poll->out, entries[i].point, OHM_QUALITY_MISSING);
}

OhmReading *
ohm_replay_poll (OhmMeter *meter,
                 OhmReplayDevice *device,
                 OhmReplayMangle mangle,
                 gpointer user_data,
                 GError **error)
{
  const OhmLimits *limits = ohm_profile_get_limits (ohm_meter_get_profile (meter));
  const char *function = ohm_facts_get (ohm_meter_get_facts (meter), "function");
  g_autoptr (OhmPlan) plan = ohm_meter_plan (meter, error);
  g_autoptr (OhmRequestList) list = NULL;
  OhmMergeRules rules = {
    .registers_max = limits->registers_max,
    .function = function != NULL && function[0] == '4' ? 4 : 3,
    .gap_max = OHM_READ_REGISTERS_MAX,
    .holes = limits->holes,
    .n_holes = limits->n_holes,
  };
  OhmReplayPoll poll = {
    .meter = meter,
    .plan = plan,
    .device = device,
    .mangle = mangle,
    .user_data = user_data,
  };

  if (plan == NULL)
    return NULL;
  if (function == NULL)
    rules.function = limits->functions[0];
  list = ohm_merge (plan, ALL_CLASSES, &rules);
  poll.out = ohm_reading_builder_new ("replay", ohm_plan_get_points (plan), ALL_CLASSES,
                                      OHM_READING_REQUESTS_MAX);
  ohm_replay_mark_absent (&poll);
  for (guint i = 0; i < list->n_requests; i++)
    ohm_replay_exchange (&poll, list, &list->requests[i]);
  return ohm_reading_builder_end (poll.out);
}
