/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-clock.h"

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"

#include <string.h>

#define CHECKS_SHOWN 10

const char ohmctl_clock_text[] =
  "Shows how far the meter's own clock is off, how exactly that is known, how much it gains in a "
  "day, and the last checks. It is compared daily and after each survey; --check does so now.\n\n"
  "--set writes our time into the register that the meter's maker documents for it, and reads it "
  "back. Ohmnibus never does so by itself. Types without such a register are not written to.\n\n"
  "Meters that show no UTC are compared with the site's time as well, with and without summer "
  "time. Exits with 7 if the clock is further off than 'clock-limit' in ohmd.conf.";

const char ohmctl_clock_examples[] = "ohmctl meter clock main\n"
                                     "ohmctl meter clock main --set\n";

const OhmctlOption ohmctl_clock_options[] = {
  { "check", NULL, "ask the meter now" },
  { "set", NULL, "set the clock to ours, and read it back" },
  { NULL },
};

/* A check as GetClock tells it. */
typedef struct
{
  gint64 time_us;
  gint64 offset_us;
  gint64 uncertainty_us;
  const char *fit;
  gboolean was_set;
  gboolean is_unsure;
} OhmctlClockCheck;

/* All that is known of a clock. */
typedef struct
{
  GVariant *clock;  /* (owned) a{sv} */
  GVariant *checks; /* (owned) a(xxxsbb) */
} OhmctlClock;

static void
ohmctl_clock_free (OhmctlClock *self)
{
  g_variant_unref (self->clock);
  g_variant_unref (self->checks);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlClock, ohmctl_clock_free)

static OhmctlClock *
ohmctl_clock_get (OhmctlContext *context, OhmctlObject *meter, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  OhmctlClock *self;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.GetClock",
                                  g_variant_new ("(a{sv})", NULL), "(a{sv}a(xxxsbb))", error);
  if (reply == NULL)
    return NULL;
  self = g_new0 (OhmctlClock, 1);
  g_variant_get (reply, "(@a{sv}@a(xxxsbb))", &self->clock, &self->checks);
  return self;
}

static const char *
ohmctl_clock_get_state (const OhmctlClock *self)
{
  const char *state = "";

  g_variant_lookup (self->clock, "state", "&s", &state);
  return state;
}

static gint64
ohmctl_clock_get_integer (const OhmctlClock *self, const char *key)
{
  gint64 value = 0;

  g_variant_lookup (self->clock, key, "x", &value);
  return value;
}

static OhmMessage *
ohmctl_clock_dup_cause (const OhmctlClock *self)
{
  g_autoptr (GVariant) arguments = g_variant_lookup_value (self->clock, "cause_arguments",
                                                           G_VARIANT_TYPE ("a{ss}"));
  const char *code;

  if (!g_variant_lookup (self->clock, "cause_code", "&s", &code))
    return NULL;
  return ohm_message_new_from_variant (code, arguments);
}

/* @index: from the oldest on */
static gboolean
ohmctl_clock_get_check (const OhmctlClock *self, gsize index, OhmctlClockCheck *ret_check)
{
  if (index >= g_variant_n_children (self->checks))
    return FALSE;
  g_variant_get_child (self->checks, index, "(xxx&sbb)", &ret_check->time_us, &ret_check->offset_us,
                       &ret_check->uncertainty_us, &ret_check->fit, &ret_check->was_set,
                       &ret_check->is_unsure);
  return TRUE;
}

static gboolean
ohmctl_clock_get_last (const OhmctlClock *self, OhmctlClockCheck *ret_check)
{
  gsize n = g_variant_n_children (self->checks);

  return n > 0 && ohmctl_clock_get_check (self, n - 1, ret_check);
}

/* `0.18 s`, `42 s`, `3 min`, `2 h 5 min` */
static char *
ohmctl_clock_dup_span (gint64 us)
{
  g_autofree char *seconds = NULL;

  if (ABS (us) >= 120 * G_USEC_PER_SEC)
    return ohmctl_format_span (ABS (us) + G_USEC_PER_SEC / 2);
  seconds = ohmctl_format_real ((double) ABS (us) / G_USEC_PER_SEC,
                                ABS (us) < 10 * G_USEC_PER_SEC ? 2 : 0);
  return g_strconcat (seconds, " s", NULL);
}

char *
ohmctl_clock_dup_offset (gint64 offset_us, gint64 uncertainty_us)
{
  g_autofree char *span = ohmctl_clock_dup_span (offset_us);

  if (ABS (offset_us) <= uncertainty_us)
    return g_strdup ("right");
  return g_strdup_printf ("%s %s", span, offset_us < 0 ? "behind" : "ahead");
}

static const char *
ohmctl_clock_get_zone_text (const char *fit)
{
  static const struct
  {
    const char *fit;
    const char *text;
  } texts[] = {
    { "utc", "UTC" },
    { "local", "the site's time" },
    { "standard", "the site's time without summer time" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (fit, texts[i].fit) == 0)
      return texts[i].text;
  return "neither UTC nor the site's time";
}

/* `3 min ahead (to 0.05 s), 2 h ago` */
static char *
ohmctl_clock_dup_summary (const OhmctlClockCheck *check)
{
  g_autofree char *offset = ohmctl_clock_dup_offset (check->offset_us, check->uncertainty_us);
  g_autofree char *exact = ohmctl_clock_dup_span (check->uncertainty_us);
  g_autofree char *age = ohmctl_format_span (ohmctl_context_now_us () - check->time_us);

  return g_strdup_printf ("%s (to %s), %s ago%s", offset, exact, age,
                          check->is_unsure ? ", by an unsure clock of ours" : "");
}

/* --- for people --- */

static void
ohmctl_clock_show_cause (OhmctlTable *table, const OhmctlClock *self)
{
  g_autoptr (OhmMessage) cause = ohmctl_clock_dup_cause (self);

  if (cause == NULL)
    return;
  ohmctl_show_line_take (table, "cause", ohm_message_dup_text (cause));
  ohmctl_show_line_take (table, "remedy", ohm_message_dup_remedy (cause));
}

static void
ohmctl_clock_show_drift (OhmctlTable *table, const OhmctlClock *self)
{
  double drift = 0;
  g_autofree char *text = NULL;

  if (!g_variant_lookup (self->clock, "drift_per_day", "d", &drift))
    return;
  text = ohmctl_format_real (ABS (drift), 2);
  ohmctl_show_line_take (table, "drift",
                         ABS (drift) < 0.01
                           ? g_strdup ("less than 0.01 s a day")
                           : g_strdup_printf ("%s %s s a day", drift < 0 ? "loses" : "gains",
                                              text));
}

static void
ohmctl_clock_print_summary (OhmctlContext *context, OhmctlObject *meter, const OhmctlClock *self)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  const char *state = ohmctl_clock_get_state (self);
  gboolean is_settable = FALSE;
  OhmctlClockCheck last;

  ohmctl_show_line (table, "meter", ohmctl_object_get_id (meter));
  if (ohmctl_clock_get_last (self, &last))
    {
      ohmctl_show_line_take (table, "clock", ohmctl_clock_dup_summary (&last));
      ohmctl_show_line (table, "shows", ohmctl_clock_get_zone_text (last.fit));
    }
  else
    {
      ohmctl_show_line (table, "clock",
                        strcmp (state, "failed") == 0 ? "not known" : "not checked yet");
    }
  ohmctl_clock_show_cause (table, self);
  ohmctl_clock_show_drift (table, self);
  ohmctl_show_line_take (table, "limit",
                         ohmctl_clock_dup_span (ohmctl_clock_get_integer (self, "limit_us")));
  g_variant_lookup (self->clock, "settable", "b", &is_settable);
  ohmctl_show_line (table, "can be set",
                    is_settable ? "yes, with --set" : "no: no register is documented for it");
  ohmctl_print_table (context, table);
}

static void
ohmctl_clock_print_checks (OhmctlContext *context, const OhmctlClock *self)
{
  static const char *const titles[] = { "CHECKED", "OFFSET", "TO", "SHOWED", "" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GTimeZone *zone = ohmctl_context_get_zone (context);
  gsize n = g_variant_n_children (self->checks);
  OhmctlClockCheck check;

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i], OHMCTL_ALIGN_LEFT);
  for (gsize i = 0; i < MIN (n, CHECKS_SHOWN) && ohmctl_clock_get_check (self, n - 1 - i, &check);
       i++)
    {
      ohmctl_table_add_take (table, ohmctl_format_minute (check.time_us, zone));
      ohmctl_table_add_take (table,
                             ohmctl_clock_dup_offset (check.offset_us, check.uncertainty_us));
      ohmctl_table_add_take (table, ohmctl_clock_dup_span (check.uncertainty_us));
      ohmctl_table_add (table, check.fit);
      ohmctl_table_add (table, check.was_set     ? "after it was set"
                               : check.is_unsure ? "our clock was not sure"
                                                 : " ");
    }
  ohmctl_print_table (context, table);
}

static void
ohmctl_clock_print (OhmctlContext *context, OhmctlObject *meter, const OhmctlClock *self)
{
  if (strcmp (ohmctl_clock_get_state (self), "none") == 0)
    {
      ohmctl_printf ("meter '%s': no clock is known of its type or variant\n",
                     ohmctl_object_get_id (meter));
      return;
    }
  ohmctl_clock_print_summary (context, meter, self);
  if (g_variant_n_children (self->checks) > 0)
    ohmctl_clock_print_checks (context, self);
}

void
ohmctl_clock_show_line (OhmctlContext *context, OhmctlObject *meter, OhmctlTable *table)
{
  g_autoptr (OhmctlClock) self = ohmctl_clock_get (context, meter, /* error */ NULL);
  g_autoptr (OhmMessage) cause = NULL;
  OhmctlClockCheck last;

  if (self == NULL)
    return;
  cause = ohmctl_clock_dup_cause (self);
  if (strcmp (ohmctl_clock_get_state (self), "none") == 0)
    ohmctl_show_line (table, "clock", "none known");
  else if (cause != NULL)
    ohmctl_show_line_take (table, "clock", ohm_message_dup_text (cause));
  else if (ohmctl_clock_get_last (self, &last))
    ohmctl_show_line_take (table, "clock", ohmctl_clock_dup_summary (&last));
  else
    ohmctl_show_line (table, "clock", "not checked yet");
}

/* --- for programs --- */

static void
ohmctl_clock_write_checks (OhmctlJson *json, const OhmctlClock *self)
{
  OhmctlClockCheck check;

  ohmctl_json_begin_array (json, "checks");
  for (gsize i = 0; ohmctl_clock_get_check (self, i, &check); i++)
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_time (json, "time", check.time_us);
      ohmctl_json_integer (json, "offset_us", check.offset_us);
      ohmctl_json_integer (json, "uncertainty_us", check.uncertainty_us);
      ohmctl_json_string (json, "shows", check.fit);
      ohmctl_json_boolean (json, "set", check.was_set);
      ohmctl_json_boolean (json, "unsure", check.is_unsure);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
}

static void
ohmctl_clock_print_json (OhmctlObject *meter, const OhmctlClock *self)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (OhmMessage) cause = ohmctl_clock_dup_cause (self);
  gboolean is_settable = FALSE;
  OhmctlClockCheck last;
  double drift = 0;

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "meter", ohmctl_object_get_id (meter));
  ohmctl_json_string (json, "state", ohmctl_clock_get_state (self));
  if (ohmctl_clock_get_last (self, &last))
    {
      ohmctl_json_integer (json, "offset_us", last.offset_us);
      ohmctl_json_integer (json, "uncertainty_us", last.uncertainty_us);
      ohmctl_json_string (json, "shows", last.fit);
      ohmctl_json_time (json, "checked", last.time_us);
    }
  if (g_variant_lookup (self->clock, "drift_per_day", "d", &drift))
    ohmctl_json_integer (json, "drift_per_day_us", (gint64) (drift * G_USEC_PER_SEC));
  else
    ohmctl_json_null (json, "drift_per_day_us");
  ohmctl_json_integer (json, "limit_us", ohmctl_clock_get_integer (self, "limit_us"));
  g_variant_lookup (self->clock, "settable", "b", &is_settable);
  ohmctl_json_boolean (json, "settable", is_settable);
  ohmctl_json_message (json, "cause", cause);
  ohmctl_clock_write_checks (json, self);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

/* --- the verb --- */

static gboolean
ohmctl_clock_change (OhmctlContext *context,
                     OhmctlObject *meter,
                     gboolean is_setting,
                     GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *before = NULL;
  g_autofree char *now = NULL;
  gint64 before_us = 0;
  gint64 now_us = 0;
  gint64 uncertainty_us = 0;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter),
                                  is_setting ? "Meter.SetClock" : "Meter.CheckClock",
                                  g_variant_new ("(a{sv})", NULL), "(xxx)", error);
  if (reply == NULL)
    return FALSE;
  if (!is_setting || context->is_json)
    return TRUE;
  g_variant_get (reply, "(xxx)", &before_us, &now_us, &uncertainty_us);
  before = ohmctl_clock_dup_offset (before_us, uncertainty_us);
  now = ohmctl_clock_dup_offset (now_us, uncertainty_us);
  ohmctl_printf ("the clock of meter '%s' is set: it was %s, and now is %s\n\n",
                 ohmctl_object_get_id (meter), before, now);
  return TRUE;
}

gboolean
ohmctl_clock_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  gboolean is_setting = ohmctl_args_has (args, "set");
  g_autoptr (OhmctlClock) clock = NULL;

  if (meter == NULL)
    return FALSE;
  if ((is_setting || ohmctl_args_has (args, "check")) &&
      !ohmctl_clock_change (context, meter, is_setting, error))
    return FALSE;
  clock = ohmctl_clock_get (context, meter, error);
  if (clock == NULL)
    return FALSE;
  if (strcmp (ohmctl_clock_get_state (clock), "off") == 0)
    context->exit = OHMCTL_EXIT_FINDINGS;
  if (context->is_json)
    ohmctl_clock_print_json (meter, clock);
  else
    ohmctl_clock_print (context, meter, clock);
  return TRUE;
}
