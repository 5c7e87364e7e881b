/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "dir-fixture.h"
#include "ohm-test-log.h"

/* `site/` is the configuration, `runtime/` what D-Bus set. */
typedef struct
{
  OhmTestDir *dir;
  char *site;
  char *runtime;
  OhmBus *bus;
  OhmPluginHost *plugins;
  OhmConfig *config;
} TestConfigFixture;

static void
test_config_setup (TestConfigFixture *f, gconstpointer data)
{
  g_autofree char *plugins = NULL;
  const char *dirs[2] = { NULL };

  f->dir = fixture_dir_new ();
  f->site = fixture_dir_dup_path (f->dir, "site");
  f->runtime = fixture_dir_dup_path (f->dir, "runtime");
  plugins = fixture_dir_dup_path (f->dir, "plugins");
  dirs[0] = plugins;
  fixture_dir_install (f->dir, "test-net", "plugins/test-net.so");
  f->bus = ohm_bus_new ();
  f->plugins = ohm_plugin_host_new (f->bus, dirs);
  ohm_plugin_host_scan (f->plugins);
}

static void
test_config_teardown (TestConfigFixture *f, gconstpointer data)
{
  g_clear_pointer (&f->config, ohm_config_free);
  g_assert_finalize_object (f->plugins);
  g_assert_finalize_object (f->bus);
  fixture_dir_free (f->dir);
  g_free (f->site);
  g_free (f->runtime);
}

static void
test_config_load (TestConfigFixture *f)
{
  g_clear_pointer (&f->config, ohm_config_free);
  f->config = ohm_config_load (f->site, f->runtime, f->plugins, /* holders */ NULL);
}

/* All that is wrong, with the folder's path cut out, a line each. */
static char *
test_config_dup_errors (TestConfigFixture *f)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *prefix = g_strconcat (f->dir->path, "/", NULL);

  for (guint i = 0; i < f->config->errors->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "",
                            (const char *) g_ptr_array_index (f->config->errors, i));
  g_string_replace (text, prefix, "", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_config_assert_errors (TestConfigFixture *f, const char *expected)
{
  g_autofree char *errors = NULL;

  test_config_load (f);
  errors = test_config_dup_errors (f);
  g_assert_cmpstr (errors, ==, expected);
}

static void
test_config_empty (TestConfigFixture *f, gconstpointer data)
{
  test_config_assert_errors (f, "");
  g_assert_cmpuint (f->config->meters->len, ==, 0);
  g_assert_cmpuint (f->config->links->len, ==, 0);
  g_assert_cmpint (ohm_settings_get_duration_us (f->config->daemon, "slot-window"), ==,
                   60 * G_USEC_PER_SEC);
  g_assert_cmpint (ohm_settings_get_integer (f->config->daemon, "trend-days"), ==, 35);
  g_assert_null (ohm_config_find_meter (f->config, "main"));
}

/* The example of design 4.7. */
static void
test_config_meter (TestConfigFixture *f, gconstpointer data)
{
  const OhmMeterConfig *meter;
  const OhmPlaceConfig *place;
  const OhmLinkConfig *link;

  fixture_dir_write (f->dir, "site/meters.d/main.meter",
                     "[meter]\n"
                     "name = Main incomer\n"
                     "type = umg801\n"
                     "transport = test-net\n"
                     "host = 192.0.2.10\n"
                     "port = 502\n"
                     "unit = 1\n"
                     "poll = 5s\n"
                     "serial = 41000017\n"
                     "\n"
                     "[place main]\n"
                     "name = Main incomer\n"
                     "source = m1g2\n"
                     "medium = electricity\n"
                     "parent = site\n"
                     "direction = normal\n"
                     "factor = 1\n");
  fixture_dir_write (f->dir, "site/meters.d/site.meter",
                     "[meter]\ntransport=test-net\nhost=192.0.2.10\n");
  test_config_assert_errors (f, "");
  meter = ohm_config_find_meter (f->config, "main");
  g_assert_cmpstr (meter->reason, ==, NULL);
  g_assert_cmpstr (meter->link, ==, "192.0.2.10:502");
  g_assert_cmpint (meter->unit, ==, 1);
  g_assert_cmpstr (ohm_settings_get_string (meter->settings, "type"), ==, "umg801");
  g_assert_cmpint (ohm_settings_get_duration_us (meter->settings, "poll"), ==, 5 * G_USEC_PER_SEC);
  g_assert_true (ohm_settings_get_boolean (meter->settings, "enabled"));
  g_assert_cmpuint (meter->places->len, ==, 1);
  place = g_ptr_array_index (meter->places, 0);
  g_assert_cmpstr (place->id, ==, "main");
  g_assert_cmpstr (ohm_settings_get_string (place->settings, "source"), ==, "m1g2");
  g_assert_cmpuint (f->config->links->len, ==, 1);
  link = g_ptr_array_index (f->config->links, 0);
  g_assert_cmpstr (link->id, ==, "192.0.2.10:502");
  g_assert_cmpstr (link->transport, ==, "test-net");
  g_assert_cmpstr (link->file, ==, NULL);
}

/* What a meter says least. */
static void
test_config_defaults (TestConfigFixture *f, gconstpointer data)
{
  const OhmMeterConfig *meter;

  fixture_dir_write (f->dir, "site/meters.d/a.meter", "[meter]\ntransport=test-net\nhost=a\n");
  test_config_assert_errors (f, "");
  meter = ohm_config_find_meter (f->config, "a");
  g_assert_cmpint (meter->unit, ==, -1);
  g_assert_cmpstr (meter->link, ==, "a:502");
  g_assert_cmpstr (ohm_settings_get_string (meter->settings, "type"), ==, "auto");
  g_assert_cmpuint (meter->places->len, ==, 0);
}

typedef struct
{
  const char *text;
  const char *reason; /* behind `site/meters.d/x.meter` */
} TestConfigRow;

/* A wrong `.meter`, and what it gets: listed with its reason, and all others run. */
static void
test_config_wrong_meters (TestConfigFixture *f, gconstpointer data)
{
  static const TestConfigRow rows[] = {
    { "", ":1: has no group [meter]" },
    { "host = a\n", ":1: host: the key stands before any [group]" },
    { "[meter]\ntransport = test-net\n", ":1: [meter] host: the key is missing" },
    { "[meter]\nhost = a\n", ":1: [meter]: give a transport with its address, or a link" },
    { "[meter]\ntransport = test-net\nhost = a\nlink = b\n",
      ":4: [meter] link: give either a link or a transport with its address, not both" },
    { "[meter]\nlink = l\nhost = a\n",
      ":3: [meter] host: the link 'l' has its own; give either a link or a transport with its "
      "address, not both" },
    { "[meter]\nlink = b\n", ":2: [meter] link: no link 'b' is configured" },
    { "[meter]\ntransport = test-nt\nhost = a\n",
      ":2: [meter] transport: no transport 'test-nt'; did you mean 'test-net'?" },
    { "[meter]\ntransport = carrier-pigeon\nhost = a\n",
      ":2: [meter] transport: no transport 'carrier-pigeon' is loaded" },
    { "[meter]\ntransport = test-net\nhost = a\nunit = 300\n",
      ":4: [meter] unit: '300': expected an integer 0..255" },
    { "[meter]\ntransport = test-net\nhost = a\nunit = 1 # the first\n",
      ":4: [meter] unit: '1 # the first': expected an integer 0..255; a '#' within a value is part "
      "of it, a comment needs a line of its own" },
    { "[meter]\ntransport = test-net\nhost = a\nport = 0\n",
      ":4: [meter] port: '0': expected an integer 1..65535" },
    { "[meter]\ntransport = test-net\nhost = a\nnit = 1\n",
      ":4: [meter] nit: unknown key; did you mean 'unit'?" },
    { "[meter]\ntransport = test-net\nhost = a\npol = 1s\n",
      ":4: [meter] pol: unknown key; did you mean 'poll'?" },
    { "[meter]\ntransport = test-net\nhost = a\nhost = b\n",
      ":4: [meter] host: the key stands twice, first in line 3" },
    { "[meter]\ntransport = test-net\nhost = a\npoll = 5\n",
      ":4: [meter] poll: '5': expected a duration 100ms..1d with its unit: us ms s min h d" },
    { "[meter]\ntransport = test-net\nhost = a\npoll = 50ms\n",
      ":4: [meter] poll: '50ms': expected a duration 100ms..1d with its unit: us ms s min h d" },
    { "[meter]\ntransport = test-net\nhost = a\nenabled = yes\n",
      ":4: [meter] enabled: 'yes': expected true or false" },
    { "[meter]\ntransport = test-net\nhost = a\n[meter]\n",
      ":4: [meter]: the group stands twice, first in line 1" },
    { "[meter]\ntransport = test-net\nhost = a\n[plaec p]\n",
      ":4: [plaec p]: unknown group; expected [meter], [place ID] or [history]" },
    { "[meter]\ntransport = test-net\nhost = a\n[place]\n",
      ":4: [place]: unknown group; expected [meter], [place ID] or [history]" },
    { "[meter]\ntransport = test-net\nhost = a\n[history]\nplugin = tape\n",
      ":5: [history] plugin: no history 'tape' is loaded" },
    { "[meter]\ntransport = test-net\nhost = a\n[history]\n",
      ":4: [history] plugin: the key is missing" },
    { "[meter]\ntransport = test-net\nhost = a\n[place P 1]\n",
      ":4: [place P 1]: 'P 1' is no id; use a-z, 0-9 and -, at most 63" },
    { "[meter]\ntransport = test-net\nhost = a\n[place p]\nmedium = watr\n",
      ":5: [place p] medium: 'watr': expected one of electricity|gas|water|heat|cold|other; did "
      "you "
      "mean 'water'?" },
    { "[meter]\ntransport = test-net\nhost = a\n[place p]\nfactor = 1,5\n",
      ":5: [place p] factor: '1,5': expected a number 0..1000000 with a decimal point" },
    { "[meter]\ntransport = test-net\nhost = a\n[place taken]\n",
      ":4: [place taken]: place 'taken' is in site/meters.d/good.meter already" },
    { "[meter]\ntransport = test-net\nhost = good\nframing = rtu\n",
      ":4: [meter] framing: 'rtu' here, but 'tcp' in site/meters.d/good.meter, which shares the "
      "link 'good:502'" },
  };

  fixture_dir_write (f->dir, "site/links.d/l.link", "[link]\ntransport = test-net\nhost = l\n");
  fixture_dir_write (f->dir, "site/meters.d/good.meter",
                     "[meter]\ntransport = test-net\nhost = good\n[place taken]\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *expected = g_strconcat ("site/meters.d/x.meter", rows[i].reason, NULL);
      const OhmMeterConfig *meter;

      fixture_dir_write (f->dir, "site/meters.d/x.meter", rows[i].text);
      test_config_assert_errors (f, expected);
      g_assert_cmpuint (f->config->meters->len, ==, 2);
      meter = ohm_config_find_meter (f->config, "x");
      g_assert_cmpstr (meter->reason, ==, g_ptr_array_index (f->config->errors, 0));
      g_assert_cmpstr (ohm_config_find_meter (f->config, "good")->reason, ==, NULL);
      g_assert_cmpstr (ohm_config_find_meter (f->config, "good")->link, ==, "good:502");
    }
}

/* All mistakes of a file are told at once, and none twice. */
static void
test_config_many_mistakes (TestConfigFixture *f, gconstpointer data)
{
  fixture_dir_write (f->dir, "site/ohmd.conf", "[ohmd]\ntrend-dais = 7\nslot-window = 1\n[x]\n");
  fixture_dir_write (f->dir, "site/links.d/l.link", "[link]\nhots = a\nframing = ascii\n[x]\n");
  fixture_dir_write (f->dir, "site/meters.d/a.meter",
                     "[meter]\n"
                     "link = gone\n"
                     "host = h\n"
                     "port = 1\n"
                     "unit = 300\n"
                     "pol = 5s\n"
                     "[place A]\n"
                     "factor = x\n"
                     "[place b]\n"
                     "medium = watr\n"
                     "what is this\n"
                     "[meter\n"
                     "told = already\n"
                     "[history]\n"
                     "[plaec]\n");
  fixture_dir_write (f->dir, "site/meters.d/b.meter",
                     "[meter]\ntransport = test-nt\nhost = a\nsum = c\nunit = x\n");
  fixture_dir_write (f->dir, "site/meters.d/c.meter",
                     "[meter]\ntype = virtual\nlink = l\nunit = 300\n");
  test_config_assert_errors (
    f, "site/ohmd.conf:4: [x]: unknown group; expected [ohmd]\n"
       "site/ohmd.conf:2: [ohmd] trend-dais: unknown key; did you mean 'trend-days'?\n"
       "site/ohmd.conf:3: [ohmd] slot-window: '1': expected a duration 5s..5min with its unit: us "
       "ms s min h d\n"
       "site/links.d/l.link:4: [x]: unknown group; expected [link]\n"
       "site/links.d/l.link:2: [link] hots: unknown key; did you mean 'host'?\n"
       "site/links.d/l.link:3: [link] framing: 'ascii': expected one of tcp|rtu\n"
       "site/links.d/l.link:1: [link] transport: the key is missing\n"
       "site/links.d/l.link:1: [link] host: the key is missing\n"
       "site/meters.d/a.meter:11: expected 'key = value', found 'what is this'\n"
       "site/meters.d/a.meter:12: expected a group as '[name]', found '[meter'\n"
       "site/meters.d/a.meter:2: [meter] link: no link 'gone' is configured\n"
       "site/meters.d/a.meter:3: [meter] host: the link 'gone' has its own; give either a link or "
       "a transport with its address, not both\n"
       "site/meters.d/a.meter:4: [meter] port: the link 'gone' has its own; give either a link or "
       "a transport with its address, not both\n"
       "site/meters.d/a.meter:5: [meter] unit: '300': expected an integer 0..255\n"
       "site/meters.d/a.meter:6: [meter] pol: unknown key; did you mean 'poll'?\n"
       "site/meters.d/a.meter:8: [place A] factor: 'x': expected a number 0..1000000 with a "
       "decimal point\n"
       "site/meters.d/a.meter:7: [place A]: 'A' is no id; use a-z, 0-9 and -, at most 63\n"
       "site/meters.d/a.meter:10: [place b] medium: 'watr': expected one of "
       "electricity|gas|water|heat|cold|other; did you mean 'water'?\n"
       "site/meters.d/a.meter:14: [history] plugin: the key is missing\n"
       "site/meters.d/a.meter:15: [plaec]: unknown group; expected [meter], [place ID] or "
       "[history]\n"
       "site/meters.d/b.meter:4: [meter] sum: only a virtual meter has one: type = virtual\n"
       "site/meters.d/b.meter:2: [meter] transport: no transport 'test-nt'; did you mean "
       "'test-net'?\n"
       "site/meters.d/b.meter:5: [meter] unit: 'x': expected an integer 0..255\n"
       "site/meters.d/c.meter:3: [meter] link: a virtual meter has parts (sum) and no device\n"
       "site/meters.d/c.meter:4: [meter] unit: a virtual meter has parts (sum) and no device\n"
       "site/meters.d/c.meter:1: [meter] sum: is missing; expected the places it is made of\n"
       "site/meters.d/c.meter:4: [meter] unit: '300': expected an integer 0..255");
  g_assert_true (g_str_has_suffix (ohm_config_find_meter (f->config, "a")->reason,
                                   "a.meter:11: expected 'key = value', found 'what is this'"));
  g_assert_null (ohm_config_find_meter (f->config, "a")->link);
}

/* What is told of one file has an end. */
static void
test_config_endless_mistakes (TestConfigFixture *f, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("[meter]\n");

  for (guint i = 0; i < 3 * OHM_KEYFILE_FAULTS_MAX; i++)
    g_string_append_printf (text, "k%u=%s", i, i % 2 == 0 ? "\n" : "\nx\n");
  fixture_dir_write (f->dir, "site/meters.d/a.meter", text->str);
  test_config_load (f);
  g_assert_cmpuint (f->config->errors->len, ==, OHM_KEYFILE_FAULTS_MAX);
  g_assert_nonnull (ohm_config_find_meter (f->config, "a")->reason);
}

static const char *
test_config_on_holder (const char *place, gpointer user_data)
{
  return user_data;
}

/* Of files that name one place the order does not decide: who is called so keeps it, unless another
 * one holds it. */
static void
test_config_place_twice (TestConfigFixture *f, gconstpointer data)
{
  OhmConfigHolders holders = { test_config_on_holder, (char *) (guintptr) "a" };
  g_autofree char *errors = NULL;

  fixture_dir_write (f->dir, "site/meters.d/a.meter",
                     "[meter]\ntransport=test-net\nhost=192.0.2.10\n[place main]\n");
  fixture_dir_write (f->dir, "site/meters.d/main.meter",
                     "[meter]\ntransport=test-net\nhost=192.0.2.11\n[place main]\n");
  test_config_assert_errors (f, "site/meters.d/a.meter:4: [place main]: place 'main' is in "
                                "site/meters.d/main.meter already");
  g_assert_null (ohm_config_find_meter (f->config, "main")->reason);
  g_assert_nonnull (ohm_config_find_meter (f->config, "a")->reason);
  g_assert_cmpuint (f->config->links->len, ==, 1);

  g_clear_pointer (&f->config, ohm_config_free);
  f->config = ohm_config_load (f->site, f->runtime, f->plugins, &holders);
  errors = test_config_dup_errors (f);
  g_assert_cmpstr (errors, ==,
                   "site/meters.d/main.meter:4: [place main]: place 'main' is in "
                   "site/meters.d/a.meter already");
}

/* Parents that are no place, and places that are above themselves: told, and read all the same. */
static void
test_config_parents (TestConfigFixture *f, gconstpointer data)
{
  g_autoptr (OhmConfig) tied = NULL;
  const OhmMeterConfig *meter;

  fixture_dir_write (f->dir, "site/meters.d/main.meter", "[meter]\ntransport=test-net\nhost=a\n");
  fixture_dir_write (f->dir, "site/meters.d/a.meter",
                     "[meter]\ntransport=test-net\nhost=a\nunit=2\n"
                     "[place one]\nparent=main\n[place two]\nparent=one\n"
                     "[place three]\nparent=main-m1g2\n");
  test_config_assert_errors (f, "");
  fixture_dir_write (f->dir, "site/meters.d/b.meter",
                     "[meter]\ntransport=test-net\nhost=a\nunit=3\n"
                     "[place four]\nfactor=1\nparent=tow\n[place five]\nparent=site\n"
                     "[place six]\nparent=six\n[place seven]\nparent=six\n"
                     "[place eight]\nparent=a\n");
  test_config_assert_errors (
    f, "site/meters.d/b.meter:7: [place four] parent: no place 'tow'; did you mean 'two'?\n"
       "site/meters.d/b.meter:9: [place five] parent: no place 'site'\n"
       "site/meters.d/b.meter:11: [place six] parent: the place is a part of itself: six > six\n"
       "site/meters.d/b.meter:15: [place eight] parent: no place 'a'");
  meter = ohm_config_find_meter (f->config, "b");
  g_assert_null (meter->reason);
  g_assert_null (((OhmPlaceConfig *) g_ptr_array_index (meter->places, 2))->parent);
  g_assert_cmpstr (((OhmPlaceConfig *) g_ptr_array_index (meter->places, 3))->parent, ==, "six");

  fixture_dir_write (f->dir, "site/meters.d/b.meter",
                     "[meter]\ntransport=test-net\nhost=a\nunit=3\n"
                     "[place main]\nparent=two\n");
  fixture_dir_write (f->dir, "site/meters.d/main.meter",
                     "[meter]\ntransport=test-net\nhost=a\n[place main-m1g2]\nsource=m1g2\n");
  test_config_assert_errors (
    f, "site/meters.d/a.meter:6: [place one] parent: the place is a part of itself: "
       "one > main > two > one\n"
       "site/meters.d/a.meter:8: [place two] parent: the place is a part of itself: "
       "two > one > main > two\n"
       "site/meters.d/b.meter:6: [place main] parent: the place is a part of itself: "
       "main > two > one > main");
  /* who mends one file of the circle changes the places of the others */
  tied = g_steal_pointer (&f->config);
  fixture_dir_write (f->dir, "site/meters.d/b.meter",
                     "[meter]\ntransport=test-net\nhost=a\nunit=3\n[place main]\n");
  test_config_assert_errors (f, "");
  g_assert_false (ohm_meter_config_equal (ohm_config_find_meter (tied, "a"),
                                          ohm_config_find_meter (f->config, "a")));
  g_assert_true (ohm_meter_config_is_read_alike (ohm_config_find_meter (tied, "a"),
                                                 ohm_config_find_meter (f->config, "a")));
}

/* Sums: parts that nobody measures, and sums that lead back to themselves. */
static void
test_config_virtual (TestConfigFixture *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *reason;
  } rows[] = {
    { "[meter]\ntype = virtual\n",
      ":1: [meter] sum: is missing; expected the places it is made of" },
    { "[meter]\ntype = virtual\nsum = good-m1g2, taken\n",
      ":3: [meter] sum: no place 'good-m1g2'; did you mean 'good-2'?" },
    { "[meter]\ntype = virtual\nsum = good-2-m1g2, taken, x\n",
      ":3: [meter] sum: the meter is a part of itself: x > x" },
    { "[meter]\ntype = virtual\nsum = taken taken\n",
      ":3: [meter] sum: 'taken taken' is no place; write places with commas between them, as in "
      "'main, -heat'" },
    { "[meter]\ntype = virtual\nsum = taken\nlink = l\n",
      ":4: [meter] link: a virtual meter has parts (sum) and no device" },
    { "[meter]\ntype = virtual\nsum = taken\npol = 1s\n",
      ":4: [meter] pol: unknown key; did you mean 'poll'?" },
    { "[meter]\ntransport = test-net\nhost = a\nsum = taken\n",
      ":4: [meter] sum: only a virtual meter has one: type = virtual" },
  };

  fixture_dir_write (f->dir, "site/meters.d/good.meter",
                     "[meter]\ntransport = test-net\nhost = good\n[place taken]\n");
  fixture_dir_write (f->dir, "site/meters.d/good-2.meter",
                     "[meter]\ntransport = test-net\nhost = good\nunit = 2\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *expected = g_strconcat ("site/meters.d/x.meter", rows[i].reason, NULL);

      fixture_dir_write (f->dir, "site/meters.d/x.meter", rows[i].text);
      test_config_assert_errors (f, expected);
      g_assert_cmpstr (ohm_config_find_meter (f->config, "good")->reason, ==, NULL);
    }
  fixture_dir_write (f->dir, "site/meters.d/x.meter",
                     "[meter]\ntype = virtual\nsum = good-2-m1g2, -taken, y-sum\n");
  fixture_dir_write (f->dir, "site/meters.d/y.meter",
                     "[meter]\ntype = virtual\nsum = good-2\n[place y-sum]\n");
  test_config_assert_errors (f, "");
  g_assert_true (ohm_meter_config_is_virtual (ohm_config_find_meter (f->config, "x")));
  g_assert_null (ohm_config_find_meter (f->config, "x")->link);
  g_assert_false (ohm_meter_config_is_virtual (ohm_config_find_meter (f->config, "good")));
  fixture_dir_write (f->dir, "site/meters.d/y.meter",
                     "[meter]\ntype = virtual\nsum = x\n[place y-sum]\n");
  test_config_assert_errors (
    f, "site/meters.d/x.meter:3: [meter] sum: the meter is a part of itself: x > y > x\n"
       "site/meters.d/y.meter:3: [meter] sum: the meter is a part of itself: y > x > y");
}

/* One file that is wrong stops itself, and not the meters that agree. */
static void
test_config_odd_one (TestConfigFixture *f, gconstpointer data)
{
  fixture_dir_write (f->dir, "site/meters.d/b.meter",
                     "[meter]\ntransport = test-net\nhost = gw\nframing = rtu\n");
  fixture_dir_write (f->dir, "site/meters.d/c.meter",
                     "[meter]\ntransport = test-net\nhost = gw\nunit = 2\nframing = rtu\n");
  fixture_dir_write (f->dir, "site/meters.d/a.meter",
                     "[meter]\nunit = 3\ntransport = test-net\nhost = gw\nframing = tcp\n");
  test_config_assert_errors (f, "site/meters.d/a.meter:5: [meter] framing: 'tcp' here, but "
                                "'rtu' in site/meters.d/b.meter, which shares the link 'gw:502'");
  g_assert_cmpstr (ohm_config_find_meter (f->config, "b")->link, ==, "gw:502");
  g_assert_cmpstr (ohm_config_find_meter (f->config, "c")->link, ==, "gw:502");
  g_assert_null (ohm_config_find_meter (f->config, "a")->link);
  g_assert_nonnull (ohm_config_find_meter (f->config, "a")->reason);

  /* at a tie the first one's are taken, whatever layer it is in */
  fixture_dir_remove (f->dir, "site/meters.d/c.meter");
  test_config_assert_errors (f, "site/meters.d/b.meter:4: [meter] framing: 'rtu' here, but "
                                "'tcp' in site/meters.d/a.meter, which shares the link 'gw:502'");
}

static void
test_config_ids (TestConfigFixture *f, gconstpointer data)
{
  static const char text[] = "[meter]\ntransport = test-net\nhost = a\n";

  fixture_dir_write (f->dir, "site/meters.d/Main.meter", text);
  fixture_dir_write (f->dir, "site/meters.d/-x.meter", text);
  fixture_dir_write (f->dir, "site/meters.d/a-1.meter", text);
  /* none of these is one */
  fixture_dir_write (f->dir, "site/meters.d/.hidden.meter", "x");
  fixture_dir_write (f->dir, "site/meters.d/main.meter~", "x");
  fixture_dir_write (f->dir, "site/meters.d/main.meter.dpkg-new", "x");
  fixture_dir_write (f->dir, "site/links.d/A.link", "[link]\ntransport = test-net\nhost = a\n");
  test_config_assert_errors (
    f, "site/links.d/A.link: 'A' is no id; use a-z, 0-9 and -, at most 63\n"
       "site/meters.d/-x.meter: '-x' is no id; use a-z, 0-9 and -, at most 63\n"
       "site/meters.d/Main.meter: 'Main' is no id; use a-z, 0-9 and -, at most 63");
  g_assert_cmpuint (f->config->meters->len, ==, 3);
  g_assert_cmpstr (ohm_config_find_meter (f->config, "a-1")->reason, ==, NULL);
}

/* An id lives in one layer; the site's file runs. */
static void
test_config_layers (TestConfigFixture *f, gconstpointer data)
{
  fixture_dir_write (f->dir, "site/meters.d/a.meter", "[meter]\ntransport = test-net\nhost = a\n");
  fixture_dir_write (f->dir, "runtime/meters.d/a.meter",
                     "[meter]\ntransport = test-net\nhost = b\n");
  fixture_dir_write (f->dir, "runtime/meters.d/b.meter", "[meter]\nlink = l\n");
  fixture_dir_write (f->dir, "site/links.d/l.link", "[link]\ntransport = test-net\nhost = c\n");
  fixture_dir_write (f->dir, "runtime/links.d/l.link", "[link]\ntransport = test-net\nhost = d\n");
  test_config_assert_errors (
    f, "runtime/links.d/l.link: a link 'l' is configured in another layer already\n"
       "runtime/meters.d/a.meter: meter 'a' is configured in site/meters.d/a.meter already");
  g_assert_cmpuint (f->config->meters->len, ==, 2);
  g_assert_cmpstr (ohm_config_find_meter (f->config, "a")->link, ==, "a:502");
  g_assert_cmpstr (ohm_config_find_meter (f->config, "a")->reason, ==, NULL);
  g_assert_cmpstr (ohm_config_find_meter (f->config, "b")->link, ==, "l");
}

static void
test_config_shared_link (TestConfigFixture *f, gconstpointer data)
{
  fixture_dir_write (f->dir, "site/meters.d/a.meter",
                     "[meter]\ntransport=test-net\nhost=gw\nunit=1\n");
  fixture_dir_write (f->dir, "site/meters.d/b.meter",
                     "[meter]\ntransport=test-net\nhost=gw\nport=502\nframing=tcp\nunit=2\n");
  fixture_dir_write (f->dir, "site/meters.d/c.meter",
                     "[meter]\ntransport=test-net\nhost=gw\nport=503\nframing=rtu\n");
  test_config_assert_errors (f, "");
  g_assert_cmpuint (f->config->links->len, ==, 2);
  g_assert_cmpstr (ohm_config_find_meter (f->config, "a")->link, ==, "gw:502");
  g_assert_cmpstr (ohm_config_find_meter (f->config, "b")->link, ==, "gw:502");
  g_assert_cmpstr (ohm_config_find_meter (f->config, "c")->link, ==, "gw:503");
}

static void
test_config_wrong_links (TestConfigFixture *f, gconstpointer data)
{
  static const TestConfigRow rows[] = {
    { "", ": [link] transport: the key is missing" },
    { "[link]\nhost = a\n", ":1: [link] transport: the key is missing" },
    { "[link]\ntransport = test-net\n", ":1: [link] host: the key is missing" },
    { "[link]\ntransport = tset-net\nhost = a\n",
      ":2: [link] transport: no transport 'tset-net'; did you mean 'test-net'?" },
    { "[link]\ntransport = test-net\nhost = a\nframing = ascii\n",
      ":4: [link] framing: 'ascii': expected one of tcp|rtu" },
    { "[link]\ntransport = test-net\nhost = a\nhots = a\n",
      ":4: [link] hots: unknown key; did you mean 'host'?" },
    { "[link]\ntransport = test-net\nhost = a\n[meter]\n",
      ":4: [meter]: unknown group; expected [link]" },
  };

  fixture_dir_write (f->dir, "site/links.d/good.link", "[link]\ntransport = test-net\nhost = a\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *expected = g_strconcat ("site/links.d/x.link", rows[i].reason, NULL);

      fixture_dir_write (f->dir, "site/links.d/x.link", rows[i].text);
      test_config_assert_errors (f, expected);
      g_assert_cmpuint (f->config->links->len, ==, 1);
    }
  g_assert_cmpstr (((OhmLinkConfig *) g_ptr_array_index (f->config->links, 0))->id, ==, "good");
}

static void
test_config_daemon (TestConfigFixture *f, gconstpointer data)
{
  g_autoptr (OhmSettings) alone = NULL;

  fixture_dir_write (f->dir, "site/ohmd.conf",
                     "[ohmd]\ntrend-days = 1\ntime-zone = Europe/Berlin\n");
  fixture_dir_write (f->dir, "site/conf.d/20-b.conf", "[ohmd]\ntrend-days = 3\n");
  fixture_dir_write (f->dir, "site/conf.d/10-a.conf",
                     "[ohmd]\ntrend-days = 2\nslot-window = 30s\n");
  fixture_dir_write (f->dir, "site/conf.d/99.txt", "[ohmd]\ntrend-days = 99\n");
  fixture_dir_write (f->dir, "runtime/ohmd.conf", "[ohmd]\nslot-window = 2min\n");
  test_config_assert_errors (f, "");
  g_assert_cmpint (ohm_settings_get_integer (f->config->daemon, "trend-days"), ==, 3);
  g_assert_cmpstr (ohm_settings_get_string (f->config->daemon, "time-zone"), ==, "Europe/Berlin");
  g_assert_cmpint (ohm_settings_get_duration_us (f->config->daemon, "slot-window"), ==,
                   120 * G_USEC_PER_SEC);
  alone = ohm_config_load_daemon (f->site, f->runtime);
  g_assert_true (ohm_settings_equal (alone, f->config->daemon));
}

/* A wrong file counts as none; the others hold. */
static void
test_config_wrong_daemon (TestConfigFixture *f, gconstpointer data)
{
  fixture_dir_write (f->dir, "site/ohmd.conf", "[ohmd]\ntrend-days = 7\n");
  fixture_dir_write (f->dir, "site/conf.d/1.conf", "[ohmd]\ntrend-days = 0\n");
  fixture_dir_write (f->dir, "site/conf.d/2.conf", "[ohmd]\ntrend-dais = 1\n");
  fixture_dir_write (f->dir, "site/conf.d/3.conf", "[daemon]\nx = 1\n");
  fixture_dir_write (f->dir, "site/conf.d/4.conf", "trend-days = 9\n");
  test_config_assert_errors (
    f, "site/conf.d/1.conf:2: [ohmd] trend-days: '0': expected an integer 1..3650\n"
       "site/conf.d/2.conf:2: [ohmd] trend-dais: unknown key; did you mean 'trend-days'?\n"
       "site/conf.d/3.conf:1: [daemon]: unknown group; expected [ohmd]\n"
       "site/conf.d/4.conf:1: trend-days: the key stands before any [group]");
  g_assert_cmpint (ohm_settings_get_integer (f->config->daemon, "trend-days"), ==, 7);
}

/* A folder that cannot be read is not the same as an empty one. */
static void
test_config_unreadable (TestConfigFixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture_dir_write (f->dir, "site/meters.d", "a file where a folder should be");
  fixture_dir_make (f->dir, "site/links.d/x.link");
  test_config_load (f);
  text = test_config_dup_errors (f);
  g_assert_true (g_str_has_prefix (text, "site/links.d/x.link: not a regular file\n"));
  g_assert_nonnull (strstr (text, "site/meters.d"));
  g_assert_cmpuint (f->config->errors->len, ==, 2);
}

/* What a reload compares. */
static void
test_config_equal (TestConfigFixture *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    gboolean is_equal;
    gboolean read_alike;
  } rows[] = {
    { "[meter]\n# a remark\ntransport=test-net\n\nhost=a\nname=A\n[place p]\n", TRUE, TRUE },
    { "[meter]\nhost=a\ntransport=test-net\nport=502\nname=A\n[place p]\n", TRUE, TRUE },
    { "[meter]\ntransport=test-net\nhost=a\nname=B\n[place p]\n", FALSE, TRUE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\n[place p]\nfactor=2\n", FALSE, TRUE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\n[place q]\n", FALSE, TRUE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\n", FALSE, TRUE },
    { "[meter]\ntransport=test-net\nhost=b\nname=A\n[place p]\n", FALSE, FALSE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\nunit=1\n[place p]\n", FALSE, FALSE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\npoll=1s\n[place p]\n", FALSE, FALSE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\nserial=1\n[place p]\n", FALSE, FALSE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\nenabled=false\n[place p]\n", FALSE, FALSE },
    { "[meter]\ntransport=test-net\nhost=a\nname=A\ntype=x\n[place p]\n", FALSE, FALSE },
    { "[meter]\ntransport=test-net\nname=A\n[place p]\n", FALSE, FALSE },
  };
  g_autoptr (OhmConfig) before = NULL;

  fixture_dir_write (f->dir, "site/meters.d/a.meter",
                     "[meter]\ntransport=test-net\nhost=a\nname=A\n[place p]\n");
  before = ohm_config_load (f->site, f->runtime, f->plugins, /* holders */ NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const OhmMeterConfig *now;
      const OhmMeterConfig *then = ohm_config_find_meter (before, "a");

      fixture_dir_write (f->dir, "site/meters.d/a.meter", rows[i].text);
      test_config_load (f);
      now = ohm_config_find_meter (f->config, "a");
      g_assert_cmpint (ohm_meter_config_equal (then, now), ==, rows[i].is_equal);
      g_assert_cmpint (ohm_meter_config_is_read_alike (then, now), ==, rows[i].read_alike);
      g_assert_cmpint (ohm_meter_config_is_read_alike (now, then), ==, rows[i].read_alike);
    }
}

/* A meter at work keeps what its file said, whatever becomes of the configuration. */
static void
test_config_outlive (TestConfigFixture *f, gconstpointer data)
{
  g_autoptr (OhmMeterConfig) meter = NULL;

  fixture_dir_write (f->dir, "site/meters.d/a.meter", "[meter]\ntransport=test-net\nhost=a\n");
  test_config_load (f);
  meter = ohm_meter_config_ref (ohm_config_find_meter (f->config, "a"));
  g_clear_pointer (&f->config, ohm_config_free);
  g_assert_cmpstr (meter->link, ==, "a:502");
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestConfigFixture, NULL, test_config_setup, func, test_config_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/config/empty", test_config_empty);
  TEST ("/config/meter", test_config_meter);
  TEST ("/config/defaults", test_config_defaults);
  TEST ("/config/odd-one", test_config_odd_one);
  TEST ("/config/wrong-meters", test_config_wrong_meters);
  TEST ("/config/many-mistakes", test_config_many_mistakes);
  TEST ("/config/endless-mistakes", test_config_endless_mistakes);
  TEST ("/config/place-twice", test_config_place_twice);
  TEST ("/config/parents", test_config_parents);
  TEST ("/config/virtual", test_config_virtual);
  TEST ("/config/ids", test_config_ids);
  TEST ("/config/layers", test_config_layers);
  TEST ("/config/shared-link", test_config_shared_link);
  TEST ("/config/wrong-links", test_config_wrong_links);
  TEST ("/config/daemon", test_config_daemon);
  TEST ("/config/wrong-daemon", test_config_wrong_daemon);
  TEST ("/config/unreadable", test_config_unreadable);
  TEST ("/config/equal", test_config_equal);
  TEST ("/config/outlive", test_config_outlive);
  return g_test_run ();
}
