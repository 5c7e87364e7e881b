/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A meter that tells its power by itself, as text, and is asked nothing. */

#include <ohm.h>

#define OHM_TYPE_TEST_TELLER_METER (ohm_test_teller_meter_get_type ())
G_DECLARE_FINAL_TYPE (OhmTestTellerMeter, ohm_test_teller_meter, OHM, TEST_TELLER_METER, OhmMeter)
OHM_DEFINE_METER (OhmTestTellerMeter, ohm_test_teller_meter)

static gboolean
ohm_test_teller_meter_plan (OhmMeter *self, OhmPlan *plan, GError **error)
{
  return ohm_plan_add_pushed (plan, "power-active.total", /* unit */ NULL, /* is_integer */ FALSE,
                              error);
}

static gboolean
ohm_test_teller_meter_decode (OhmMeter *self,
                              const OhmReply *reply,
                              OhmReadingBuilder *out,
                              GError **error)
{
  g_autofree char *text = g_strndup ((const char *) reply->data, reply->length);
  guint64 watts;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &watts, /* error */ NULL))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "'%s' is no power", text);
      return FALSE;
    }
  ohm_reading_builder_set_real (out, 0, (double) watts);
  return TRUE;
}

static void
ohm_test_teller_meter_class_init (OhmTestTellerMeterClass *klass)
{
  OHM_METER_CLASS (klass)->plan = ohm_test_teller_meter_plan;
  OHM_METER_CLASS (klass)->decode = ohm_test_teller_meter_decode;
}

OHM_PLUGIN ("test-teller", "A meter that tells by itself", ohm_test_teller_meter_get_type);
