/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-sim-branches.h"
#include "ohm-sim-device.h"
#include "ohm-sim-profiles.h"

#define SECOND     G_GINT64_CONSTANT (1000000)
#define FIVE       "none+none+none+none+none+"
#define TWENTY_ONE (FIVE FIVE FIVE FIVE "none")
#define NOW_US     (G_GINT64_CONSTANT (1773648000) * SECOND)

static void
test_sim_modules_assert_group (const OhmSimModules *modules, const char *group, const char *name)
{
  g_autofree char *found = ohm_sim_modules_name_group (modules, group);

  g_assert_cmpstr (found, ==, name);
}

static void
test_sim_modules_parse (void)
{
  static const char *const wrong[] = { "", "CT9", "CT8-A,DI14", "/off", "CT8-A+", TWENTY_ONE };
  OhmSimModules modules;

  g_assert_true (ohm_sim_modules_parse ("ct8-a+DI14+none+CT24-LP/off+CT8-LP", &modules, NULL));
  g_assert_true (memcmp (modules.types, "\1\2\0\3\4", 5) == 0);
  g_assert_true (modules.is_active[0] && modules.is_active[1] && modules.is_active[4]);
  g_assert_false (modules.is_active[2] || modules.is_active[3] || modules.is_active[5]);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (ohm_sim_modules_parse (wrong[i], &modules, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
    }
}

static void
test_sim_modules_groups (void)
{
  OhmSimModules modules;

  ohm_sim_modules_parse ("CT8-A+DI14+CT24-LP/off+CT8-LP", &modules, NULL);
  test_sim_modules_assert_group (&modules, "", "");
  test_sim_modules_assert_group (&modules, "g3", "g3");
  test_sim_modules_assert_group (&modules, "g4", "m1g1");
  test_sim_modules_assert_group (&modules, "g5", "m1g2");
  test_sim_modules_assert_group (&modules, "g7", "m4g2");
  test_sim_modules_assert_group (&modules, "g8", NULL);
  ohm_sim_modules_parse ("CT24-LP+CT24-LP+CT24-LP+CT24-LP", &modules, NULL);
  test_sim_modules_assert_group (&modules, "g23", "m4g2");
  test_sim_modules_assert_group (&modules, "g24", NULL);
}

static void
test_sim_modules_facts (void)
{
  static const struct
  {
    const char *name;
    const char *text;
  } facts[] = {
    { "module-name.2", "Module 02" }, { "module-state.2", "1" },  { "module-type.2", "3" },
    { "module-state.1", "2" },        { "module-name.3", "" },    { "module-state.3", "0" },
    { "module-type.20", "0" },        { "module-type.21", NULL }, { "module-type", NULL },
  };
  OhmSimModules modules;

  ohm_sim_modules_parse ("CT8-A+CT24-LP/off", &modules, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *text = ohm_sim_modules_dup_fact (&modules, facts[i].name);

      g_assert_cmpstr (text, ==, facts[i].text);
    }
}

/* --- a meter with modules --- */

typedef struct
{
  OhmSimProfiles *profiles;
  OhmSimLayout *layout;
  OhmSimShape *shape;
  OhmSimDevice *device;
} Fixture;

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *directory = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "plugins", NULL);
  const char *directories[] = { directory, NULL };
  g_autoptr (GHashTable) facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  OhmSimIdentity identity = { .serial = 7, .seed = 1, .power_w = 20000.0, .facts = facts };
  OhmProfile *profile;

  g_hash_table_insert (facts, g_strdup ("modules"), g_strdup ("none+CT8-A"));
  f->profiles = ohm_sim_profiles_new (directories);
  profile = ohm_sim_profiles_get (f->profiles, "umg801", NULL);
  g_assert_nonnull (profile);
  f->layout = ohm_sim_layout_new (profile);
  f->shape = ohm_sim_shape_new (OHM_SIM_LOAD_CONSTANT, 1);
  f->device = ohm_sim_device_new (f->layout, f->shape, &identity);
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  ohm_sim_device_free (f->device);
  ohm_sim_shape_free (f->shape);
  ohm_sim_layout_free (f->layout);
  ohm_sim_profiles_free (f->profiles);
}

static const guint8 *
fixture_read (Fixture *f, guint address, guint count)
{
  const OhmRequest request = { .function = 3,
                               .address = (guint16) address,
                               .count = (guint16) count };
  const OhmSimNow now = { NOW_US, 5 * SECOND };
  const guint8 *registers = NULL;

  g_assert_cmpuint (ohm_sim_device_read (f->device, &request, now, TRUE, &registers), ==, 0);
  return registers;
}

/* Energy consumed of a group, as the device counts them; below 0 if it has none. */
static double
fixture_get_energy (Fixture *f, guint group)
{
  const OhmEncoding encoding = { .format = OHM_FORMAT_F32 };
  const guint8 *registers = fixture_read (f, 19200 + 100 * (group - 2) + 52, 2);
  OhmCell cell;

  return ohm_encoding_decode (&encoding, registers, &cell) == OHM_QUALITY_GOOD ? cell.real : -1;
}

static void
test_sim_modules_table (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (memcmp (fixture_read (f, 4178 + 68, 2), "\0\0\0\0", 4) == 0);
  g_assert_true (memcmp (fixture_read (f, 4178 + 80, 32), "Module 02", 9) == 0);
  g_assert_true (memcmp (fixture_read (f, 4178 + 80 + 68, 2), "\0\2\0\1", 4) == 0);
  g_assert_true (ohm_sim_device_set (f->device, "modules", "DI14+CT24-LP/off", &error));
  g_assert_true (memcmp (fixture_read (f, 4178 + 68, 2), "\0\2\0\2", 4) == 0);
  g_assert_true (memcmp (fixture_read (f, 4178 + 80 + 68, 2), "\0\1\0\3", 4) == 0);
  g_assert_true (ohm_sim_device_set (f->device, "module-name.2", "Kitchen", &error));
  g_assert_true (memcmp (fixture_read (f, 4178 + 80, 32), "Kitchen", 7) == 0);
  g_assert_false (ohm_sim_device_set (f->device, "modules", "CT7", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
}

static gboolean
test_sim_modules_is_same (double a, double b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

/* Counters go with the module, whatever its groups are numbered. */
static void
test_sim_modules_move (Fixture *f, gconstpointer data)
{
  double first = fixture_get_energy (f, 4);
  double second = fixture_get_energy (f, 5);

  g_assert_cmpfloat (first, >, 0);
  g_assert_cmpfloat (second, >, 0);
  g_assert_cmpfloat (fixture_get_energy (f, 6), <, 0);
  g_assert_true (ohm_sim_device_set (f->device, "modules", "CT8-LP+CT8-A", NULL));
  g_assert_true (test_sim_modules_is_same (fixture_get_energy (f, 6), first));
  g_assert_true (test_sim_modules_is_same (fixture_get_energy (f, 7), second));
  g_assert_false (test_sim_modules_is_same (fixture_get_energy (f, 4), first));
  g_assert_true (ohm_sim_device_set (f->device, "modules", "none+CT8-A", NULL));
  g_assert_true (test_sim_modules_is_same (fixture_get_energy (f, 4), first));
  g_assert_cmpfloat (fixture_get_energy (f, 6), <, 0);
}

static void
test_sim_modules_reset (Fixture *f, gconstpointer data)
{
  const OhmSimNow now = { NOW_US, 5 * SECOND };
  double before = fixture_get_energy (f, 4);

  ohm_sim_device_set_reset (f->device, TRUE, now);
  g_assert_cmpfloat (fixture_get_energy (f, 4), <, 1);
  ohm_sim_device_set_reset (f->device, FALSE, now);
  g_assert_true (test_sim_modules_is_same (fixture_get_energy (f, 4), before));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-modules/parse", test_sim_modules_parse);
  g_test_add_func ("/sim-modules/groups", test_sim_modules_groups);
  g_test_add_func ("/sim-modules/facts", test_sim_modules_facts);
  g_test_add ("/sim-modules/table", Fixture, NULL, fixture_set_up, test_sim_modules_table,
              fixture_tear_down);
  g_test_add ("/sim-modules/move", Fixture, NULL, fixture_set_up, test_sim_modules_move,
              fixture_tear_down);
  g_test_add ("/sim-modules/reset", Fixture, NULL, fixture_set_up, test_sim_modules_reset,
              fixture_tear_down);
  return g_test_run ();
}
