/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

/* Built several times, under ids and versions of their own, which also name its type. */
#define OHM_TEST_PASTE(a, b, c, d)  a##b##c##d
#define OHM_TEST_PASTE2(a, b, c, d) OHM_TEST_PASTE (a, b, c, d)
#define OHM_TEST_STRUCT             OHM_TEST_PASTE2 (OhmTestGood, OHM_TEST_NAME, OHM_TEST_SERIAL, Meter)
#define OHM_TEST_STRING2(x)         #x
#define OHM_TEST_STRING(x)          OHM_TEST_STRING2 (x)

/* A test may load several copies of it: who is first registers the type. */
static GType
ohm_test_good_meter_get_type (void)
{
  GType type = g_type_from_name (OHM_TEST_STRING (OHM_TEST_STRUCT));

  if (type == G_TYPE_INVALID)
    type = g_type_register_static_simple (OHM_TYPE_METER, OHM_TEST_STRING (OHM_TEST_STRUCT),
                                          sizeof (OhmMeterClass), /* class_init */ NULL,
                                          sizeof (OhmMeter), /* instance_init */ NULL, 0);
  return type;
}

OHM_PLUGIN (OHM_TEST_ID, "Nothing is wrong with it", ohm_test_good_meter_get_type);
