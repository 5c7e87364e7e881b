/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

#include <string.h>

/*
 * That a UMG 104 has the identity and the clock of a UMG 604 is inferred. A serial number that is
 * none would make a meter that is well look like another one, so the numbering has to prove itself:
 * identity by the form of the firmware's text, the clock by agreeing with its own fields.
 */
#define OHM_TYPE_UMG104_METER (ohm_umg104_meter_get_type ())
G_DECLARE_FINAL_TYPE (OhmUmg104Meter, ohm_umg104_meter, OHM, UMG104_METER, OhmMeter)
OHM_DEFINE_METER (OhmUmg104Meter, ohm_umg104_meter)

/* Kept among the facts while the clock is asked for. */
#define SCRATCH "@clock"

/* 4 seconds since 1970, 6 day, 7 month from 0, 8 year, 9 hour, 10 minute, 11 second;
 * list 1.033.033.g
 */
#define CLOCK_ADDRESS 4
#define CLOCK_COUNT   8

#define QUARTER_S  900
#define ZONE_MAX_S (14 * 3600)

/* Digits with a dot between them: "1.268". */
static gboolean
ohm_umg104_meter_is_firmware (const char *text)
{
  return text != NULL && strchr (text, '.') != NULL &&
         strspn (text, "0123456789.") == strlen (text) && g_ascii_isdigit (text[0]) &&
         g_ascii_isdigit (text[strlen (text) - 1]);
}

static gboolean
ohm_umg104_meter_is_serial (const char *text)
{
  return text != NULL && !g_str_equal (text, "0") && !g_str_equal (text, "4294967295");
}

static void
ohm_umg104_meter_refine_identity (OhmFactsBuilder *facts)
{
  static const char *const doubtful[] = { "serial", "production-number", "firmware", "name" };
  gboolean is_proven = ohm_umg104_meter_is_firmware (ohm_facts_builder_get (facts, "firmware")) &&
                       ohm_umg104_meter_is_serial (ohm_facts_builder_get (facts, "serial"));

  for (guint i = 0; i < G_N_ELEMENTS (doubtful) && !is_proven; i++)
    ohm_facts_builder_set (facts, doubtful[i], NULL);
  ohm_facts_builder_set (facts, "model", "UMG 104");
  ohm_facts_builder_set (facts, "numbering", is_proven ? "as UMG 604" : "unconfirmed");
}

/* (transfer full) (nullable): what the clock's fields show, as if it were UTC */
static GDateTime *
ohm_umg104_meter_read_fields (const OhmReply *reply)
{
  guint year = ohm_reply_get_register (reply, 4);

  return g_date_time_new_utc ((int) (year < 100 ? 2000 + year : year),
                              ohm_reply_get_register (reply, 3) + 1,
                              ohm_reply_get_register (reply, 2), ohm_reply_get_register (reply, 5),
                              ohm_reply_get_register (reply, 6), ohm_reply_get_register (reply, 7));
}

/* Fields may show the time of a zone, which is a multiple of a quarter of an hour. */
static gboolean
ohm_umg104_meter_is_clock (const OhmReply *reply)
{
  g_autoptr (GDateTime) fields = NULL;
  gint64 seconds;
  gint64 offset;

  if (reply == NULL || reply->exception != 0 || reply->length < 2 * CLOCK_COUNT)
    return FALSE;
  fields = ohm_umg104_meter_read_fields (reply);
  if (fields == NULL)
    return FALSE;
  seconds = (gint64) ohm_reply_get_register (reply, 0) << 16 | ohm_reply_get_register (reply, 1);
  offset = g_date_time_to_unix (fields) - seconds;
  return ABS (offset) <= ZONE_MAX_S && offset % QUARTER_S == 0;
}

static void
ohm_umg104_meter_ask_clock (OhmMeter *self, OhmFactsBuilder *facts, OhmRequest *ret_next)
{
  const OhmLimits *limits = ohm_profile_get_limits (ohm_meter_get_profile (self));
  const char *function = ohm_facts_builder_get (facts, "function");

  ret_next->function = function != NULL ? (guint8) g_ascii_digit_value (function[0])
                                        : limits->functions[0];
  ret_next->address = CLOCK_ADDRESS;
  ret_next->count = CLOCK_COUNT;
  ohm_facts_builder_set (facts, SCRATCH, "asked");
}

static gboolean
ohm_umg104_meter_survey (OhmMeter *self,
                         guint step,
                         const OhmReply *last,
                         OhmFactsBuilder *facts,
                         OhmRequest *ret_next,
                         gboolean *ret_done,
                         GError **error)
{
  OhmMeterClass *parent = OHM_METER_CLASS (ohm_umg104_meter_parent_class);

  if (step > 0 && ohm_facts_builder_get (facts, SCRATCH) != NULL)
    {
      ohm_facts_builder_set (facts, SCRATCH, NULL);
      ohm_facts_builder_set (facts, "clock",
                             ohm_umg104_meter_is_clock (last) ? "epoch32" : "unknown");
      *ret_done = TRUE;
      return TRUE;
    }
  if (!parent->survey (self, step, last, facts, ret_next, ret_done, error))
    return FALSE;
  if (!*ret_done)
    return TRUE;
  ohm_umg104_meter_refine_identity (facts);
  ohm_umg104_meter_ask_clock (self, facts, ret_next);
  *ret_done = FALSE;
  return TRUE;
}

static void
ohm_umg104_meter_class_init (OhmUmg104MeterClass *klass)
{
  OHM_METER_CLASS (klass)->survey = ohm_umg104_meter_survey;
}

OHM_PLUGIN ("umg104", "Janitza UMG 104", ohm_umg104_meter_get_type);
