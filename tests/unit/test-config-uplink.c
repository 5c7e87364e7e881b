/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config.h"

#include <string.h>

#include "dir-fixture.h"
#include "ohm-test-log.h"

typedef struct
{
  OhmTestDir *dir;
  char *site;
  char *runtime;
  OhmConfig *config;
} TestConfigUplink;

/* Shared: a module's types can be registered once. */
static OhmTestDir *modules;
static OhmBus *bus;
static OhmPluginHost *plugins;

static void
test_config_uplink_setup (TestConfigUplink *f, gconstpointer data)
{
  f->dir = fixture_dir_new ();
  f->site = fixture_dir_dup_path (f->dir, "site");
  f->runtime = fixture_dir_dup_path (f->dir, "runtime");
}

static void
test_config_uplink_teardown (TestConfigUplink *f, gconstpointer data)
{
  g_clear_pointer (&f->config, ohm_config_free);
  fixture_dir_free (f->dir);
  g_free (f->site);
  g_free (f->runtime);
}

static void
test_config_uplink_make_plugins (void)
{
  const char *dirs[2] = { NULL };

  modules = fixture_dir_new ();
  dirs[0] = modules->path;
  fixture_dir_install (modules, "test-net", "test-net.so");
  fixture_dir_install (modules, "json-lines", "json-lines.so");
  fixture_dir_install (modules, "test-account", "test-account.so");
  bus = ohm_bus_new ();
  plugins = ohm_plugin_host_new (bus, dirs);
  ohm_plugin_host_scan (plugins);
}

static void
test_config_uplink_free_plugins (void)
{
  g_assert_finalize_object (plugins);
  g_assert_finalize_object (bus);
  fixture_dir_free (modules);
}

static void
test_config_uplink_load (TestConfigUplink *f)
{
  g_clear_pointer (&f->config, ohm_config_free);
  f->config = ohm_config_load (f->site, f->runtime, plugins, /* holders */ NULL);
}

/* Writes `site/uplinks.d/ID.uplink` and loads all. */
static const OhmUplinkConfig *
test_config_uplink_write (TestConfigUplink *f, const char *id, const char *text)
{
  g_autofree char *file = g_strdup_printf ("site/uplinks.d/%s.uplink", id);

  fixture_dir_write (f->dir, file, text);
  test_config_uplink_load (f);
  return ohm_config_find_uplink (f->config, id);
}

static OhmPluginState
test_config_uplink_get_plugin_state (const char *id)
{
  GPtrArray *entries = ohm_plugin_host_get_entries (plugins);

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmPluginEntry *entry = g_ptr_array_index (entries, i);

      if (g_str_equal (entry->id, id))
        return entry->state;
    }
  return OHM_PLUGIN_REFUSED;
}

/* The libraries of an uplink that nobody configured cost nothing. */
static void
test_config_uplink_opens (TestConfigUplink *f, gconstpointer data)
{
  const OhmUplinkConfig *uplink;

  test_config_uplink_load (f);
  g_assert_cmpuint (f->config->uplinks->len, ==, 0);
  g_assert_cmpint (test_config_uplink_get_plugin_state ("json-lines"), ==, OHM_PLUGIN_WAITING);
  g_assert_cmpint (test_config_uplink_get_plugin_state ("test-net"), ==, OHM_PLUGIN_LOADED);

  uplink = test_config_uplink_write (f, "box",
                                     "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n");
  g_assert_cmpuint (f->config->errors->len, ==, 0);
  g_assert_cmpstr (uplink->reason, ==, NULL);
  g_assert_cmpstr (g_type_name (uplink->type), ==, "OhmJsonLines");
  g_assert_cmpint (test_config_uplink_get_plugin_state ("json-lines"), ==, OHM_PLUGIN_LOADED);
  g_assert_cmpint (test_config_uplink_get_plugin_state ("test-account"), ==, OHM_PLUGIN_WAITING);
}

/* Position and secrets are of one uplink alone, of the one that had them first. */
static void
test_config_uplink_kept (TestConfigUplink *f, gconstpointer data)
{
  static const char own[] = "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n";
  static const char renamed[] = "[uplink]\nplugin = json-lines\nkept-as = box\n"
                                "[json-lines]\nfile = /f\n";
  const OhmUplinkConfig *uplink = test_config_uplink_write (f, "shed", renamed);

  g_assert_cmpstr (uplink->reason, ==, NULL);
  g_assert_cmpstr (ohm_uplink_config_get_kept (uplink), ==, "box");
  g_assert_true (ohm_config_find_kept_uplink (f->config, "box") == uplink);
  g_assert_null (ohm_config_find_kept_uplink (f->config, "shed"));

  uplink = test_config_uplink_write (f, "box", own);
  g_assert_nonnull (strstr (uplink->reason, "what is kept under the id 'box' is of uplink 'shed'"));
  g_assert_cmpuint (f->config->errors->len, ==, 1);
  g_assert_cmpstr (ohm_config_find_uplink (f->config, "shed")->reason, ==, NULL);

  fixture_dir_remove (f->dir, "site/uplinks.d/box.uplink");
  uplink = test_config_uplink_write (f, "copy", renamed);
  g_assert_nonnull (uplink->reason);
  g_assert_cmpuint (f->config->errors->len, ==, 1);
  uplink = test_config_uplink_write (f, "copy",
                                     "[uplink]\nplugin = json-lines\nkept-as = No\n"
                                     "[json-lines]\nfile = /f\n");
  g_assert_true (g_str_has_suffix (uplink->reason, "kept-as: 'No' is no id"));
}

static void
test_config_uplink_keys (TestConfigUplink *f, gconstpointer data)
{
  const OhmUplinkConfig *uplink = test_config_uplink_write (
    f, "box",
    "[uplink]\nplugin = json-lines\nname = The box\nstart = now\nvalues = live\n"
    "points = power-active.total; voltage.l1-n\n[json-lines]\nfile = /f\n");

  g_assert_cmpstr (uplink->reason, ==, NULL);
  g_assert_cmpstr (ohm_uplink_config_get_name (uplink), ==, "The box");
  g_assert_cmpstr (ohm_uplink_config_get_plugin (uplink), ==, "json-lines");
  g_assert_true (ohm_uplink_config_is_enabled (uplink));
  g_assert_cmpint (ohm_settings_get_duration_us (uplink->settings, "delay"), ==,
                   60 * G_USEC_PER_SEC);
  g_assert_cmpint (ohm_settings_get_duration_us (uplink->settings, "spread"), ==,
                   600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpint (ohm_settings_get_integer (uplink->settings, "max-points"), ==, 2000);
  g_assert_false (ohm_settings_is_set (uplink->settings, "max-age"));
  g_assert_cmpstr (ohm_settings_get_list (uplink->settings, "points")[1], ==, "voltage.l1-n");
  g_assert_cmpstr (ohm_settings_get_string (uplink->own, "file"), ==, "/f");

  uplink = test_config_uplink_write (
    f, "box", "[uplink]\nplugin = json-lines\nenabled = false\n[json-lines]\nfile = /f\n");
  g_assert_cmpstr (ohm_uplink_config_get_name (uplink), ==, "box");
  g_assert_false (ohm_uplink_config_is_enabled (uplink));
}

/* One wrong file harms nobody else, and says where it is wrong. */
static void
test_config_uplink_wrong (TestConfigUplink *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *reason; /* behind the path */
  } rows[] = {
    { "", ":1: has no group [uplink]" },
    { "[uplink]\nname = x\n", ":1: [uplink] plugin: the key is missing" },
    { "[uplink]\nplugin = json-line\n",
      ":2: [uplink] plugin: no uplink 'json-line'; did you mean 'json-lines'?" },
    { "[uplink]\nplugin = test-net\n", ":2: [uplink] plugin: no uplink 'test-net' is there" },
    { "[uplink]\nplugin = json-lines\nstrat = now\n[json-lines]\nfile = /f\n",
      ":3: [uplink] strat: unknown key; did you mean 'start'?" },
    { "[uplink]\nplugin = json-lines\ndelay = 60\n[json-lines]\nfile = /f\n",
      ":3: [uplink] delay: *" },
    { "[uplink]\nplugin = json-lines\npoints = voltage.l1-n,frequency\n"
      "[json-lines]\nfile = /f\n",
      ":3: [uplink] points: 'voltage.l1-n,frequency' is no point; the separator is ;" },
    { "[uplink]\nplugin = json-lines\npoints = frequency;voltag.l1-n\n"
      "[json-lines]\nfile = /f\n",
      ":3: [uplink] points: point 'voltag.l1-n': unknown quantity 'voltag', did you mean "
      "'voltage'?" },
    { "[uplink]\nplugin = json-lines\npoints = voltage.l1\n[json-lines]\nfile = /f\n",
      ":3: [uplink] points: point 'voltage.l1': 'voltage' has no channel 'l1', did you mean "
      "'voltage.l1-n'?" },
    { "[uplink]\nplugin = json-lines\n[json-line]\nfile = /f\n"
      "[json-lines]\nfile = /f\n",
      ":3: [json-line]: unknown group; expected [uplink] or [json-lines]" },
    { "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\nfiel = /f\n",
      ":5: [json-lines] fiel: unknown key; did you mean 'file'?" },
    { "[uplink]\nplugin = json-lines\n[json-lines]\nfile = f\n",
      ":3: [json-lines]: file: has to begin with a slash" },
    { "[uplink]\nplugin = json-lines\n", ": [json-lines] file: *missing" },
  };

  test_config_uplink_write (f, "good", "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const OhmUplinkConfig *uplink = test_config_uplink_write (f, "box", rows[i].text);
      const char *reason = strstr (uplink->reason, "box.uplink") + strlen ("box.uplink");

      if (!g_pattern_match_simple (rows[i].reason, reason))
        g_assert_cmpstr (reason, ==, rows[i].reason);
      g_assert_false (ohm_uplink_config_is_enabled (uplink));
      g_assert_cmpuint (f->config->errors->len, ==, 1);
      g_assert_cmpstr (f->config->errors->pdata[0], ==, uplink->reason);
      g_assert_cmpstr (ohm_config_find_uplink (f->config, "good")->reason, ==, NULL);
    }
}

/* More than are sent would be left out without a word. */
static void
test_config_uplink_many_points (TestConfigUplink *f, gconstpointer data)
{
  for (guint n = 64; n <= 65; n++)
    {
      g_autoptr (GString) text = g_string_new ("[uplink]\nplugin = json-lines\npoints = ");
      const OhmUplinkConfig *uplink;

      for (guint i = 0; i < n; i++)
        g_string_append_printf (text, "in%u.pulse-count;", i + 1);
      g_string_append (text, "\n[json-lines]\nfile = /f\n");
      uplink = test_config_uplink_write (f, "box", text->str);
      if (n == 64)
        g_assert_cmpstr (uplink->reason, ==, NULL);
      else
        g_assert_true (
          g_pattern_match_simple ("*/box.uplink:3: [uplink] points: *: expected at most 64 texts *",
                                  uplink->reason));
    }
}

/* All mistakes of a file are told at once. */
static void
test_config_uplink_many_mistakes (TestConfigUplink *f, gconstpointer data)
{
  const OhmUplinkConfig *uplink = test_config_uplink_write (
    f, "box",
    "[uplink]\nplugin = json-lines\npoints = frequency;voltag.l1-n\nkept-as = No\n"
    "[json-lines]\nfiel = /f\n[x]\n");
  static const char *const told[] = {
    "3: [uplink] points: *",   "4: [uplink] kept-as: *",         "7: [x]: *",
    "6: [json-lines] fiel: *", "5: [json-lines] file: *missing",
  };

  g_assert_cmpuint (f->config->errors->len, ==, G_N_ELEMENTS (told));
  g_assert_cmpstr (f->config->errors->pdata[0], ==, uplink->reason);
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    {
      const char *line = strstr (f->config->errors->pdata[i], "box.uplink:");

      if (!g_pattern_match_simple (told[i], line + strlen ("box.uplink:")))
        g_assert_cmpstr (line, ==, told[i]);
    }
}

static void
test_config_uplink_refused (TestConfigUplink *f, gconstpointer data)
{
  const OhmUplinkConfig *uplink;

  fixture_dir_install (modules, "wrong-abi", "wrong-abi.so");
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "plugin * refused: *");
  ohm_plugin_host_scan (plugins);
  uplink = test_config_uplink_write (f, "box", "[uplink]\nplugin = wrong-abi\n");
  g_assert_nonnull (strstr (uplink->reason, "the plugin 'wrong-abi' was refused: built for"));
}

static void
test_config_uplink_layers (TestConfigUplink *f, gconstpointer data)
{
  const char *text = "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n";

  fixture_dir_write (f->dir, "runtime/uplinks.d/box.uplink", text);
  fixture_dir_write (f->dir, "runtime/uplinks.d/a.uplink", text);
  test_config_uplink_write (f, "box", text);
  g_assert_cmpuint (f->config->uplinks->len, ==, 2);
  g_assert_cmpstr (((OhmUplinkConfig *) f->config->uplinks->pdata[0])->id, ==, "a");
  g_assert_cmpuint (f->config->errors->len, ==, 1);
  g_assert_nonnull (strstr (f->config->errors->pdata[0], "uplink 'box' is configured in"));

  fixture_dir_write (f->dir, "runtime/uplinks.d/a.uplink", "");
  fixture_dir_write (f->dir, "runtime/uplinks.d/Bad.uplink", text);
  test_config_uplink_load (f);
  g_assert_nonnull (ohm_config_find_uplink (f->config, "Bad")->reason);
}

/* Only what says whereto makes another destination. */
static void
test_config_uplink_fingerprint (TestConfigUplink *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    gboolean is_same;
  } rows[] = {
    { "[uplink]\nplugin = json-lines\nname = x\npace = 5s\n[json-lines]\nfile = /f\n", TRUE },
    { "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\nobey = /o\n", TRUE },
    { "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /g\n", FALSE },
    { "[uplink]\nplugin = test-account\n[test-account]\nanswer = /f\n", FALSE },
  };
  const OhmUplinkConfig *uplink =
    test_config_uplink_write (f, "box", "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n");
  g_autofree char *before = ohm_uplink_config_dup_fingerprint (uplink);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *now = NULL;

      uplink = test_config_uplink_write (f, "box", rows[i].text);
      now = ohm_uplink_config_dup_fingerprint (uplink);
      g_assert_cmpint (g_str_equal (before, now), ==, rows[i].is_same);
    }
}

/* An uplink at work keeps what its file said. */
static void
test_config_uplink_outlive (TestConfigUplink *f, gconstpointer data)
{
  g_autoptr (OhmUplinkConfig) uplink = NULL;

  test_config_uplink_write (f, "box", "[uplink]\nplugin = json-lines\n[json-lines]\nfile = /f\n");
  uplink = ohm_uplink_config_ref (ohm_config_find_uplink (f->config, "box"));
  g_clear_pointer (&f->config, ohm_config_free);
  g_assert_cmpstr (ohm_settings_get_string (uplink->own, "file"), ==, "/f");
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestConfigUplink, NULL, test_config_uplink_setup, func,                        \
              test_config_uplink_teardown)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_config_uplink_make_plugins ();
  /* first: nothing is opened yet */
  TEST ("/config-uplink/opens", test_config_uplink_opens);
  TEST ("/config-uplink/kept", test_config_uplink_kept);
  TEST ("/config-uplink/keys", test_config_uplink_keys);
  TEST ("/config-uplink/wrong", test_config_uplink_wrong);
  TEST ("/config-uplink/many-mistakes", test_config_uplink_many_mistakes);
  TEST ("/config-uplink/many-points", test_config_uplink_many_points);
  TEST ("/config-uplink/refused", test_config_uplink_refused);
  TEST ("/config-uplink/layers", test_config_uplink_layers);
  TEST ("/config-uplink/fingerprint", test_config_uplink_fingerprint);
  TEST ("/config-uplink/outlive", test_config_uplink_outlive);
  status = g_test_run ();
  test_config_uplink_free_plugins ();
  return status;
}
