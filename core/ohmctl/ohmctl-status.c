/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-alarm.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"
#include "ohmctl-uplink.h"
#include "ohmctl-verbs.h"

/* Most objects with a cause that are told one by one. */
#define CAUSES_SHOWN 12

/**
 * OhmctlStatus:
 *
 * Everything that one screen is made of; all members are owned.
 */
typedef struct
{
  OhmctlObject *system;
  OhmctlObject *store;
  OhmctlObjects *objects;
  GPtrArray *alarms;
  GVariant *refused; /* `a(ssssa{ss})` */
} OhmctlStatus;

static void
ohmctl_status_free (OhmctlStatus *self)
{
  g_clear_pointer (&self->system, ohmctl_object_free);
  g_clear_pointer (&self->store, ohmctl_object_free);
  g_clear_pointer (&self->objects, ohmctl_objects_free);
  g_clear_pointer (&self->alarms, g_ptr_array_unref);
  g_clear_pointer (&self->refused, g_variant_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlStatus, ohmctl_status_free)

static OhmctlStatus *
ohmctl_status_get (OhmctlContext *context, GError **error)
{
  g_autoptr (OhmctlStatus) self = g_new0 (OhmctlStatus, 1);
  g_autoptr (GVariant) reply = NULL;

  self->system = ohmctl_object_get_root (context, "System", error);
  if (self->system != NULL)
    self->store = ohmctl_object_get_root (context, "Store", error);
  if (self->store != NULL)
    self->objects = ohmctl_objects_get (context, error);
  if (self->objects != NULL)
    self->alarms = ohmctl_alarm_get (context, /* ended */ FALSE, error);
  if (self->alarms != NULL)
    reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.GetRefused",
                                    /* arguments */ NULL, "(a(ssssa{ss}))", error);
  if (reply == NULL)
    return NULL;
  self->refused = g_variant_get_child_value (reply, 0);
  return g_steal_pointer (&self);
}

/* Whether nobody has to do anything about @object. */
static gboolean
ohmctl_status_is_calm (OhmctlObject *object)
{
  static const char *const calm[] = { "ok",      "up",       "starting", "connecting",
                                      "waiting", "disabled", "closed",   NULL };

  return g_strv_contains (calm, ohmctl_object_string (object, "State"));
}

static guint
ohmctl_status_count (GPtrArray *objects, const char *state)
{
  guint n = 0;

  for (guint i = 0; i < objects->len; i++)
    if (strcmp (ohmctl_object_string (objects->pdata[i], "State"), state) == 0)
      n++;
  return n;
}

static gboolean
ohmctl_status_has_findings (OhmctlStatus *self)
{
  return self->alarms->len > 0 || g_variant_n_children (self->refused) > 0 ||
         !ohmctl_status_is_calm (self->store);
}

/* `12 meters: 10 ok, 2 silent` */
static void
ohmctl_status_print_counts (GPtrArray *objects, const char *what, const char *const *states)
{
  const char *separator = ": ";

  ohmctl_printf ("%u %s%s", objects->len, what, objects->len == 1 ? "" : "s");
  for (guint i = 0; states[i] != NULL; i++)
    {
      guint n = ohmctl_status_count (objects, states[i]);

      if (n == 0)
        continue;
      ohmctl_printf ("%s%u %s", separator, n, states[i]);
      separator = ", ";
    }
  ohmctl_print ("\n");
}

static void
ohmctl_status_print_cause (OhmctlContext *context, OhmctlObject *object)
{
  const char *state = ohmctl_object_string (object, "State");
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (object);
  gint64 next_us = ohmctl_object_integer (object, "NextAttempt");
  g_autofree char *since = ohmctl_list_dup_since (object);

  ohmctl_printf ("  %s%s%s: %s", context->has_color ? ohmctl_style_begin (OHMCTL_STYLE_BOLD) : "",
                 ohmctl_object_get_id (object), context->has_color ? "\033[0m" : "", state);
  if (strcmp (since, "-") != 0)
    ohmctl_printf (" for %s", since);
  if (next_us != 0)
    {
      g_autofree char *next = ohmctl_context_format_next (next_us);

      ohmctl_printf (", next attempt %s", next);
    }
  ohmctl_print ("\n");
  /* why a link is down is told with the link */
  if (cause != NULL && strcmp (state, "unreachable") != 0)
    ohmctl_print_message (context, 6, cause);
}

/* What is wrong with each, as far as there is room. */
static void
ohmctl_status_print_causes (OhmctlContext *context, GPtrArray *objects)
{
  guint n = 0;

  for (guint i = 0; i < objects->len; i++)
    if (!ohmctl_status_is_calm (objects->pdata[i]) && n++ < CAUSES_SHOWN)
      ohmctl_status_print_cause (context, objects->pdata[i]);
  if (n > CAUSES_SHOWN)
    ohmctl_printf ("  and %u more\n", n - CAUSES_SHOWN);
}

/* One device under two names is rarely meant: its energy counts twice. */
static void
ohmctl_status_print_twins (OhmctlContext *context, GPtrArray *meters)
{
  g_autoptr (GHashTable) readers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < meters->len; i++)
    {
      OhmctlObject *meter = meters->pdata[i];
      const char *link = ohmctl_object_string (meter, "Link");
      g_autofree char *address = g_strdup_printf ("unit %" G_GINT64_FORMAT " of '%s'",
                                                  ohmctl_object_integer (meter, "Unit"), link);
      const char *other = g_hash_table_lookup (readers, address);
      g_autofree char *line = NULL;

      if (*link == '\0' || strcmp (ohmctl_object_string (meter, "State"), "disabled") == 0)
        continue;
      if (other == NULL)
        {
          g_hash_table_insert (readers, g_steal_pointer (&address),
                               (gpointer) (guintptr) ohmctl_object_get_id (meter));
          continue;
        }
      line = g_strdup_printf ("%s and %s are both %s: its energy counts twice, unless one of them "
                              "is removed or gets another unit",
                              other, ohmctl_object_get_id (meter), address);
      ohmctl_print_paragraph (context, 2, line);
    }
}

static void
ohmctl_status_print_head (OhmctlStatus *self)
{
  g_autofree char *up = ohmctl_format_span (ohmctl_context_now_us () -
                                            ohmctl_object_integer (self->system, "Started"));
  const char *clock = ohmctl_object_string (self->system, "ClockState");

  ohmctl_printf ("ohmd %s on %s, up for %s", ohmctl_object_string (self->system, "Version"),
                 ohmctl_object_string (self->system, "Hostname"), up);
  if (strcmp (clock, "synchronized") != 0)
    ohmctl_printf (", clock %s", clock);
  ohmctl_print ("\n");
}

static void
ohmctl_status_print_store (OhmctlContext *context, OhmctlStatus *self)
{
  const char *state = ohmctl_object_string (self->store, "State");
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (self->store);

  ohmctl_printf ("store %s\n", state);
  if (cause != NULL)
    ohmctl_print_message (context, 6, cause);
}

static void
ohmctl_status_print_uplink (OhmctlContext *context, OhmctlObject *uplink)
{
  gboolean is_calm = ohmctl_status_is_calm (uplink);
  const char *state = ohmctl_object_string (uplink, "State");
  g_autofree char *summary = ohmctl_uplink_dup_summary (context, uplink);
  g_autofree char *line = g_strdup_printf ("%s: %s", ohmctl_object_get_id (uplink), summary);

  if (strcmp (state, "disabled") == 0)
    return;
  if (is_calm)
    ohmctl_print_paragraph (context, 2, line);
  else
    ohmctl_status_print_cause (context, uplink);
  if (!is_calm && strcmp (state, "misconfigured") != 0)
    ohmctl_print_paragraph (context, 6, summary);
}

/* Not a word of uplinks where there are none. */
static void
ohmctl_status_print_uplinks (OhmctlContext *context, GPtrArray *uplinks)
{
  static const char *const states[] = { "ok",   "retrying", "waiting-user",  "unclaimed",
                                        "held", "lost",     "misconfigured", "disabled",
                                        NULL };

  if (uplinks->len == 0)
    return;
  ohmctl_status_print_counts (uplinks, "uplink", states);
  for (guint i = 0; i < uplinks->len; i++)
    ohmctl_status_print_uplink (context, uplinks->pdata[i]);
}

/* A meter or uplink that is refused was told among its kind. */
static gboolean
ohmctl_status_is_told (const char *kind)
{
  return strcmp (kind, "meter") == 0 || strcmp (kind, "uplink") == 0;
}

static guint
ohmctl_status_count_refused (GVariant *refused)
{
  GVariantIter iter;
  const char *kind;
  guint n = 0;

  g_variant_iter_init (&iter, refused);
  while (g_variant_iter_next (&iter, "(&s&s&s&s@a{ss})", &kind, NULL, NULL, NULL, NULL))
    n += ohmctl_status_is_told (kind) ? 0 : 1;
  return n;
}

static void
ohmctl_status_print_refused (OhmctlContext *context, GVariant *refused)
{
  GVariantIter iter;
  const char *kind;
  const char *id;
  const char *code;
  GVariant *arguments;
  guint n = ohmctl_status_count_refused (refused);
  guint shown = 0;

  if (n > 0)
    ohmctl_printf ("%u file%s refused\n", n, n == 1 ? "" : "s");
  g_variant_iter_init (&iter, refused);
  while (g_variant_iter_next (&iter, "(&s&s&s&s@a{ss})", &kind, &id, NULL, &code, &arguments))
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_variant (code, arguments);

      g_variant_unref (arguments);
      if (ohmctl_status_is_told (kind) || shown++ >= CAUSES_SHOWN)
        continue;
      ohmctl_printf ("  %s %s\n", kind, id);
      ohmctl_print_message (context, 6, message);
    }
  if (shown > CAUSES_SHOWN)
    ohmctl_printf ("  and %u more\n", shown - CAUSES_SHOWN);
}

/* Alarms about meters, links and uplinks were told with their causes. */
static void
ohmctl_status_print_alarms (OhmctlContext *context, GPtrArray *alarms)
{
  GTimeZone *zone = ohmctl_context_get_zone (context);

  if (alarms->len == 0)
    {
      ohmctl_print ("no alarms\n");
      return;
    }
  ohmctl_printf ("%u alarm%s; 'ohmctl alarm list' shows them\n", alarms->len,
                 alarms->len == 1 ? "" : "s");
  for (guint i = 0; i < alarms->len; i++)
    {
      const OhmctlAlarm *alarm = alarms->pdata[i];
      g_autofree char *since = ohmctl_format_minute (alarm->since_us, zone);
      g_autofree char *text = ohm_message_dup_text (alarm->message);
      g_autofree char *line = g_strdup_printf ("%s: since %s: %s", alarm->subject, since, text);

      if (!g_str_has_prefix (alarm->subject, "meters/") &&
          !g_str_has_prefix (alarm->subject, "links/") &&
          !g_str_has_prefix (alarm->subject, "uplinks/"))
        ohmctl_print_paragraph (context, 2, line);
    }
}

static void
ohmctl_status_print (OhmctlContext *context, OhmctlStatus *self)
{
  static const char *const meter_states[] = {
    "ok",           "partial",       "starting", "silent", "unreachable",
    "wrong-device", "misconfigured", "disabled", NULL
  };
  static const char *const link_states[] = { "up", "connecting", "overloaded", "down", NULL };
  GPtrArray *meters = self->objects->of[OHMCTL_KIND_METER];
  GPtrArray *links = self->objects->of[OHMCTL_KIND_LINK];

  ohmctl_status_print_head (self);
  ohmctl_status_print_counts (meters, "meter", meter_states);
  ohmctl_status_print_causes (context, meters);
  ohmctl_status_print_twins (context, meters);
  ohmctl_status_print_counts (links, "link", link_states);
  ohmctl_status_print_causes (context, links);
  ohmctl_status_print_uplinks (context, self->objects->of[OHMCTL_KIND_UPLINK]);
  ohmctl_status_print_store (context, self);
  ohmctl_status_print_refused (context, self->refused);
  ohmctl_status_print_alarms (context, self->alarms);
}

static void
ohmctl_status_write_counts (OhmctlJson *json, const char *key, GPtrArray *objects)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  ohmctl_json_begin_object (json, key);
  ohmctl_json_unsigned (json, "all", objects->len);
  for (guint i = 0; i < objects->len; i++)
    {
      const char *state = ohmctl_object_string (objects->pdata[i], "State");

      if (g_hash_table_add (seen, g_strdup (state)))
        ohmctl_json_unsigned (json, state, ohmctl_status_count (objects, state));
    }
  ohmctl_json_end_object (json);
}

/* Those that are not well. */
static void
ohmctl_status_write_problems (OhmctlJson *json, const char *key, GPtrArray *objects)
{
  ohmctl_json_begin_array (json, key);
  for (guint i = 0; i < objects->len; i++)
    {
      OhmctlObject *object = objects->pdata[i];
      g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (object);

      if (ohmctl_status_is_calm (object))
        continue;
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "id", ohmctl_object_get_id (object));
      ohmctl_json_string (json, "state", ohmctl_object_string (object, "State"));
      ohmctl_json_time (json, "since", ohmctl_object_integer (object, "Since"));
      ohmctl_json_message (json, "cause", cause);
      ohmctl_json_time (json, "next_attempt", ohmctl_object_integer (object, "NextAttempt"));
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
}

static void
ohmctl_status_write_refused (OhmctlJson *json, GVariant *refused)
{
  GVariantIter iter;
  const char *kind;
  const char *id;
  const char *file;
  const char *code;
  GVariant *arguments;

  ohmctl_json_begin_array (json, "refused");
  g_variant_iter_init (&iter, refused);
  while (g_variant_iter_next (&iter, "(&s&s&s&s@a{ss})", &kind, &id, &file, &code, &arguments))
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_variant (code, arguments);

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "kind", kind);
      ohmctl_json_string (json, "id", id);
      ohmctl_json_string (json, "file", *file != '\0' ? file : NULL);
      ohmctl_json_message (json, "message", message);
      ohmctl_json_end_object (json);
      g_variant_unref (arguments);
    }
  ohmctl_json_end_array (json);
}

static void
ohmctl_status_write (OhmctlStatus *self)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_object (json, "system", self->system);
  ohmctl_status_write_counts (json, "meters", self->objects->of[OHMCTL_KIND_METER]);
  ohmctl_status_write_problems (json, "meter_problems", self->objects->of[OHMCTL_KIND_METER]);
  ohmctl_status_write_counts (json, "links", self->objects->of[OHMCTL_KIND_LINK]);
  ohmctl_status_write_problems (json, "link_problems", self->objects->of[OHMCTL_KIND_LINK]);
  ohmctl_status_write_counts (json, "uplinks", self->objects->of[OHMCTL_KIND_UPLINK]);
  ohmctl_status_write_problems (json, "uplink_problems", self->objects->of[OHMCTL_KIND_UPLINK]);
  ohmctl_json_object (json, "store", self->store);
  ohmctl_status_write_refused (json, self->refused);
  ohmctl_alarm_write (json, "alarms", self->alarms);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static gboolean
ohmctl_status_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlStatus) status = ohmctl_status_get (context, error);

  if (status == NULL)
    return FALSE;
  if (context->is_json)
    ohmctl_status_write (status);
  else
    ohmctl_status_print (context, status);
  if (ohmctl_args_has (args, "check") && ohmctl_status_has_findings (status))
    context->exit = OHMCTL_EXIT_FINDINGS;
  return TRUE;
}

static const OhmctlOption ohmctl_status_options[] = {
  { "check", NULL, "end with exit code 7 if there is an alarm, a refused file or no store" },
  { NULL },
};

const OhmctlVerb ohmctl_status_verbs[] = {
  {
    .verb = "status",
    .words = "",
    .summary = "how everything is doing, on one screen",
    .text = "Counts meters and links by state; says of each that is not well since when, why, what "
            "can be done and when it is tried again; then uplinks, the store, refused files and "
            "alarms.",
    .options = ohmctl_status_options,
    .run = ohmctl_status_run,
  },
  { NULL },
};
