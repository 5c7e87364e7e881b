/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-tree.h"

#include <unistd.h>

#include "ohm-dbus-info.h"
#include "ohm-test-bus.h"

#define PREFIX     "org.ohmnibus.Ohmnibus1."
#define JOB        "/org/ohmnibus/Ohmnibus1/jobs/"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define MANAGER    "org.freedesktop.DBus.ObjectManager"
#define INTROSPECT "org.freedesktop.DBus.Introspectable.Introspect"

/* A made-up core: jobs by id, and the number of calls. */
typedef struct
{
  char *id;
  const char *state;
  double progress;
} Thing;

struct _OhmDbus
{
  GHashTable *things;
  guint n_cancelled;
  guint n_active;
};

typedef struct
{
  OhmTestBus *bus;
  OhmDbus core;
  OhmDbusPeers *peers;
  OhmDbusTree *tree;
} Fixture;

static GVariant *
test_thing_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (((Thing *) object)->id);
}

static GVariant *
test_thing_get_kind (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string ("test");
}

static GVariant *
test_thing_get_state (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (((Thing *) object)->state);
}

static GVariant *
test_thing_get_progress (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_double (((Thing *) object)->progress);
}

static GVariant *
test_thing_get_arguments (OhmDbus *dbus, gpointer object)
{
  return g_variant_new ("a{ss}", NULL);
}

static GVariant *
test_thing_get_started (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_int64 (7);
}

static GVariant *
test_thing_get_result (OhmDbus *dbus, gpointer object)
{
  return g_variant_new ("a{sv}", NULL);
}

static void
test_thing_call_cancel (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  dbus->n_cancelled++;
  ((Thing *) object)->state = "cancelled";
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static gpointer
test_thing_find (OhmDbus *dbus, const char *id)
{
  return g_hash_table_lookup (dbus->things, id);
}

static void
test_thing_list (OhmDbus *dbus, GPtrArray *ids)
{
  GHashTableIter iter;
  gpointer id = NULL;

  g_hash_table_iter_init (&iter, dbus->things);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (ids, g_strdup (id));
}

static const OhmDbusProperty thing_properties[] = {
  { "Id", test_thing_get_id },
  { "Kind", test_thing_get_kind },
  { "Target", test_thing_get_kind },
  { "State", test_thing_get_state },
  { "Progress", test_thing_get_progress },
  { "MessageCode", test_thing_get_kind },
  { "MessageArguments", test_thing_get_arguments },
  { "Started", test_thing_get_started },
  { "Result", test_thing_get_result },
  { NULL },
};

static const OhmDbusMethod thing_methods[] = {
  { "Cancel", test_thing_call_cancel },
  { NULL },
};

static const OhmDbusAdapter thing_adapter = {
  .info = &org_ohmnibus_ohmnibus1_job_interface,
  .properties = thing_properties,
  .methods = thing_methods,
  .collection = "jobs",
  .find = test_thing_find,
  .list = test_thing_list,
};

static GVariant *
test_root_get_active (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_uint32 (dbus->n_active);
}

static void
test_root_call_get_alarms (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(tssa{ss}xx))", NULL));
}

static const OhmDbusProperty root_properties[] = { { "Active", test_root_get_active }, { NULL } };
static const OhmDbusMethod root_methods[] = {
  { "GetAlarms", test_root_call_get_alarms },
  { NULL },
};

static const OhmDbusAdapter root_adapter = {
  .info = &org_ohmnibus_ohmnibus1_alarm_interface,
  .properties = root_properties,
  .methods = root_methods,
};

static const OhmDbusAdapter *const adapters[] = { &root_adapter, &thing_adapter, NULL };

static void
test_thing_free (gpointer data)
{
  Thing *thing = data;

  g_free (thing->id);
  g_free (thing);
}

static void
test_dbus_tree_add (Fixture *fixture, const char *id)
{
  Thing *thing = g_new0 (Thing, 1);

  thing->id = g_strdup (id);
  thing->state = "running";
  g_hash_table_insert (fixture->core.things, thing->id, thing);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->bus = ohm_test_bus_new ();
  fixture->core.things = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, test_thing_free);
  test_dbus_tree_add (fixture, "1");
  test_dbus_tree_add (fixture, "a-b");
  fixture->peers = ohm_dbus_peers_new (fixture->bus->server, GPOINTER_TO_INT (data));
  fixture->tree = ohm_dbus_tree_new (&fixture->core, adapters);
  ohm_dbus_tree_export (fixture->tree, fixture->bus->server, fixture->peers, &error);
  g_assert_no_error (error);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_run_dispose (G_OBJECT (fixture->tree));
  g_object_run_dispose (G_OBJECT (fixture->peers));
  g_assert_finalize_object (fixture->tree);
  g_assert_finalize_object (fixture->peers);
  g_hash_table_unref (fixture->core.things);
  ohm_test_bus_free (fixture->bus);
}

static GVariant *
test_dbus_tree_call (Fixture *fixture, const char *path, const char *method, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  GVariant *parsed = arguments != NULL ? g_variant_new_parsed (arguments) : NULL;
  GVariant *answer = ohm_test_bus_call (fixture->bus, path, method, parsed, NULL, &error);

  g_assert_no_error (error);
  return answer;
}

static void
test_dbus_tree_assert_refused (Fixture *fixture,
                               const char *path,
                               const char *method,
                               const char *arguments,
                               int code)
{
  g_autoptr (GError) error = NULL;
  GVariant *parsed = arguments != NULL ? g_variant_new_parsed (arguments) : NULL;
  g_autoptr (GVariant) answer = ohm_test_bus_call (fixture->bus, path, method, parsed, NULL,
                                                   &error);

  g_assert_null (answer);
  g_assert_error (error, G_DBUS_ERROR, code);
}

static void
test_dbus_tree_assert_printed (GVariant *value, const char *expected)
{
  g_autofree char *printed = g_variant_print (value, /* type_annotate */ TRUE);

  g_assert_cmpstr (printed, ==, expected);
}

static void
test_dbus_tree_properties (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) state = test_dbus_tree_call (fixture, JOB "a_2db", PROPERTIES ".Get",
                                                    "('" PREFIX "Job', 'State')");
  g_autoptr (GVariant) id = test_dbus_tree_call (fixture, JOB "a_2db", PROPERTIES ".Get",
                                                 "('" PREFIX "Job', 'Id')");
  g_autoptr (GVariant) all = test_dbus_tree_call (fixture, JOB "1", PROPERTIES ".GetAll",
                                                  "('" PREFIX "Job',)");
  g_autoptr (GVariant) active = test_dbus_tree_call (fixture, OHM_DBUS_PATH, PROPERTIES ".Get",
                                                     "('" PREFIX "Alarm', 'Active')");

  test_dbus_tree_assert_printed (state, "(<'running'>,)");
  test_dbus_tree_assert_printed (id, "(<'a-b'>,)");
  test_dbus_tree_assert_printed (
    all, "({'Id': <'1'>, 'Kind': <'test'>, 'Target': <'test'>, "
         "'State': <'running'>, 'Progress': <0.0>, "
         "'MessageCode': <'test'>, 'MessageArguments': <@a{ss} {}>, 'Started': <int64 7>, "
         "'Result': <@a{sv} {}>},)");
  test_dbus_tree_assert_printed (active, "(<uint32 0>,)");
}

static void
test_dbus_tree_calls (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) cancelled = test_dbus_tree_call (fixture, JOB "1", PREFIX "Job.Cancel",
                                                        "(@a{sv} {},)");
  g_autoptr (GVariant) alarms = test_dbus_tree_call (fixture, OHM_DBUS_PATH,
                                                     PREFIX "Alarm.GetAlarms", "(@a{sv} {},)");

  g_assert_cmpuint (fixture->core.n_cancelled, ==, 1);
  test_dbus_tree_assert_printed (cancelled, "()");
  test_dbus_tree_assert_printed (alarms, "(@a(tssa{ss}xx) [],)");
}

static void
test_dbus_tree_wrong_calls (Fixture *fixture, gconstpointer data)
{
  const char *const call = PREFIX "Job.Cancel";
  const char *const options = "(@a{sv} {},)";

  test_dbus_tree_assert_refused (fixture, JOB "2", call, options, G_DBUS_ERROR_UNKNOWN_METHOD);
  test_dbus_tree_assert_refused (fixture, JOB "a_b", call, options, G_DBUS_ERROR_UNKNOWN_METHOD);
  test_dbus_tree_assert_refused (fixture, JOB "1/x", call, options, G_DBUS_ERROR_UNKNOWN_METHOD);
  test_dbus_tree_assert_refused (fixture, JOB "1", call, "('x',)", G_DBUS_ERROR_INVALID_ARGS);
  test_dbus_tree_assert_refused (fixture, JOB "1", PREFIX "Job.Explode", options,
                                 G_DBUS_ERROR_UNKNOWN_METHOD);
  test_dbus_tree_assert_refused (fixture, JOB "1", PROPERTIES ".Get", "('" PREFIX "Job', 'Colour')",
                                 G_DBUS_ERROR_INVALID_ARGS);
  test_dbus_tree_assert_refused (fixture, JOB "1", PROPERTIES ".Set",
                                 "('" PREFIX "Job', 'State', <'done'>)", G_DBUS_ERROR_INVALID_ARGS);
  g_assert_cmpuint (fixture->core.n_cancelled, ==, 0);
}

static void
test_dbus_tree_managed_objects (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) answer = test_dbus_tree_call (fixture, OHM_DBUS_PATH,
                                                     MANAGER ".GetManagedObjects", NULL);
  g_autoptr (GVariant) objects = g_variant_get_child_value (answer, 0);
  g_autoptr (GVariant) object = g_variant_lookup_value (objects, JOB "a_2db",
                                                        G_VARIANT_TYPE ("a{sa{sv}}"));
  g_autoptr (GVariant) job = NULL;
  const char *id = NULL;

  g_assert_cmpuint (g_variant_n_children (objects), ==, 2);
  g_assert_nonnull (object);
  job = g_variant_lookup_value (object, PREFIX "Job", G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (job);
  g_assert_true (g_variant_lookup (job, "Id", "&s", &id));
  g_assert_cmpstr (id, ==, "a-b");
}

static void
test_dbus_tree_introspection (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) root = test_dbus_tree_call (fixture, OHM_DBUS_PATH, INTROSPECT, NULL);
  g_autoptr (GVariant) jobs = test_dbus_tree_call (fixture, OHM_DBUS_PATH "/jobs", INTROSPECT,
                                                   NULL);
  g_autoptr (GVariant) job = test_dbus_tree_call (fixture, JOB "1", INTROSPECT, NULL);
  const char *text = NULL;

  g_variant_get (root, "(&s)", &text);
  g_assert_nonnull (strstr (text, PREFIX "Alarm"));
  g_assert_nonnull (strstr (text, MANAGER));
  g_assert_nonnull (strstr (text, "<node name=\"jobs\"/>"));
  g_variant_get (jobs, "(&s)", &text);
  g_assert_nonnull (strstr (text, "<node name=\"a_2db\"/>"));
  g_variant_get (job, "(&s)", &text);
  g_assert_nonnull (strstr (text, PREFIX "Job"));
  g_assert_nonnull (strstr (text, "name=\"Cancel\""));
}

/* What is touched is compared: only real changes are told, once for many touches. */
static void
test_dbus_tree_changes (Fixture *fixture, gconstpointer data)
{
  GPtrArray *signals = ohm_test_bus_record (fixture->bus, PROPERTIES, "PropertiesChanged");
  Thing *thing = g_hash_table_lookup (fixture->core.things, "a-b");

  ohm_test_bus_settle (fixture->bus);
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "a-b");
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 0);

  thing->progress = 0.5;
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "a-b");
  thing->state = "done";
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "a-b");
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 1);
  test_dbus_tree_assert_printed (signals->pdata[0],
                                 "('" JOB "a_2db', '" PROPERTIES
                                 "', 'PropertiesChanged', <('" PREFIX "Job', "
                                 "{'State': <'done'>, 'Progress': <0.5>}, @as [])>)");

  fixture->core.n_active = 3;
  ohm_dbus_tree_touch (fixture->tree, &root_adapter, NULL);
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 2);
  test_dbus_tree_assert_printed (signals->pdata[1], "('" OHM_DBUS_PATH "', '" PROPERTIES
                                                    "', 'PropertiesChanged', <('" PREFIX "Alarm', "
                                                    "{'Active': <uint32 3>}, @as [])>)");
}

static void
test_dbus_tree_comings_and_goings (Fixture *fixture, gconstpointer data)
{
  GPtrArray *signals = ohm_test_bus_record (fixture->bus, MANAGER, NULL);
  g_autofree char *added = NULL;

  ohm_test_bus_settle (fixture->bus);
  test_dbus_tree_add (fixture, "new");
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "new");
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "nobody");
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 1);
  added = g_variant_print (signals->pdata[0], TRUE);
  g_assert_true (g_str_has_prefix (added,
                                   "('" OHM_DBUS_PATH "', '" MANAGER "', 'InterfacesAdded', "
                                   "<(objectpath '" JOB "new', {'" PREFIX "Job': {'Id': <'new'>"));

  g_hash_table_remove (fixture->core.things, "1");
  test_dbus_tree_add (fixture, "2");
  ohm_dbus_tree_touch_all (fixture->tree, &thing_adapter);
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 3);

  g_hash_table_remove_all (fixture->core.things);
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "a-b");
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 4);
  test_dbus_tree_assert_printed (signals->pdata[3],
                                 "('" OHM_DBUS_PATH "', '" MANAGER "', 'InterfacesRemoved', "
                                 "<(objectpath '" JOB "a_2db', ['" PREFIX "Job'])>)");
}

static void
test_dbus_tree_emit (Fixture *fixture, gconstpointer data)
{
  GPtrArray *signals = ohm_test_bus_record (fixture->bus, PREFIX "Alarm", "Changed");

  ohm_test_bus_settle (fixture->bus);
  ohm_dbus_tree_emit (fixture->tree, &root_adapter, "Changed",
                      g_variant_new_parsed ("(uint64 1, 'meters/x', 'timeout', @a{ss} {}, "
                                            "int64 5, int64 0)"));
  ohm_test_bus_settle (fixture->bus);
  g_assert_cmpuint (signals->len, ==, 1);
}

static void
test_dbus_tree_unexport (Fixture *fixture, gconstpointer data)
{
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "1");
  ohm_dbus_tree_unexport (fixture->tree);
  ohm_dbus_tree_unexport (fixture->tree);
  ohm_dbus_tree_touch (fixture->tree, &thing_adapter, "1");
  ohm_dbus_tree_touch_all (fixture->tree, &thing_adapter);
  test_dbus_tree_assert_refused (fixture, JOB "1", PREFIX "Job.Cancel", "(@a{sv} {},)",
                                 G_DBUS_ERROR_UNKNOWN_METHOD);
}

static void
test_dbus_tree_on_vanished (OhmDbusPeers *peers, const char *name, gpointer user_data)
{
  char **ret_name = user_data;

  *ret_name = g_strdup (name);
}

static void
test_dbus_tree_peers (Fixture *fixture, gconstpointer data)
{
  g_autofree char *client = g_strdup (g_dbus_connection_get_unique_name (fixture->bus->client));
  g_autofree char *vanished = NULL;
  g_autoptr (GVariant) answer = NULL;

  g_signal_connect (fixture->peers, "vanished", G_CALLBACK (test_dbus_tree_on_vanished), &vanished);
  g_assert_cmpuint (ohm_dbus_peers_get_uid (fixture->peers, client), ==, G_MAXUINT32);
  answer = test_dbus_tree_call (fixture, JOB "1", PREFIX "Job.Cancel", "(@a{sv} {},)");
  g_assert_cmpuint (ohm_dbus_peers_get_uid (fixture->peers, client), ==, getuid ());

  g_assert_true (g_dbus_connection_close_sync (fixture->bus->client, NULL, NULL));
  while (vanished == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (vanished, ==, client);
  g_assert_cmpuint (ohm_dbus_peers_get_uid (fixture->peers, client), ==, G_MAXUINT32);
}

/* Calls that come before the user id is known are let through in their order. */
static void
test_dbus_tree_peers_queue (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    g_dbus_connection_call (fixture->bus->client,
                            g_dbus_connection_get_unique_name (fixture->bus->server), JOB "1",
                            PREFIX "Job", "Cancel", g_variant_new_parsed ("(@a{sv} {},)"), NULL,
                            G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  while (fixture->core.n_cancelled < 5)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_dbus_tree_tables (void)
{
  static const OhmDbusMethod too_many[] = {
    { "GetAlarms", test_root_call_get_alarms },
    { "Explode", test_root_call_get_alarms },
    { NULL },
  };
  OhmDbusAdapter adapter = root_adapter;
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_dbus_adapter_check (&root_adapter, &error));
  g_assert_true (ohm_dbus_adapter_check (&thing_adapter, &error));
  g_assert_no_error (error);

  adapter.methods = NULL;
  g_assert_false (ohm_dbus_adapter_check (&adapter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_clear_error (&error);
  adapter.methods = too_many;
  g_assert_false (ohm_dbus_adapter_check (&adapter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_clear_error (&error);
  adapter.methods = root_methods;
  adapter.properties = NULL;
  g_assert_false (ohm_dbus_adapter_check (&adapter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_clear_error (&error);
  adapter.properties = thing_properties;
  g_assert_false (ohm_dbus_adapter_check (&adapter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
}

static void
test_dbus_tree_tiers (void)
{
  static const OhmDbusAdapter meter = { .info = &org_ohmnibus_ohmnibus1_meter_interface };

  g_assert_cmpint (ohm_dbus_adapter_get_tier (&meter, "GetReading"), ==, OHM_DBUS_TIER_VIEW);
  g_assert_cmpint (ohm_dbus_adapter_get_tier (&meter, "Read"), ==, OHM_DBUS_TIER_OPERATE);
  g_assert_cmpint (ohm_dbus_adapter_get_tier (&meter, "SetConfig"), ==, OHM_DBUS_TIER_CONFIGURE);
  g_assert_cmpint (ohm_dbus_adapter_get_tier (&meter, "Unheard"), ==, OHM_DBUS_TIER_CONFIGURE);
  g_assert_cmpstr (ohm_dbus_tier_to_string (OHM_DBUS_TIER_VIEW), ==, "view");
  g_assert_cmpstr (ohm_dbus_tier_to_string (OHM_DBUS_TIER_OPERATE), ==, "operate");
  g_assert_cmpstr (ohm_dbus_tier_to_string (OHM_DBUS_TIER_CONFIGURE), ==, "configure");
}

#define ADD(name, is_system)                                                                       \
  g_test_add ("/dbus-tree/" #name, Fixture, GINT_TO_POINTER (is_system), fixture_set_up,           \
              test_dbus_tree_##name, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (properties, FALSE);
  ADD (calls, FALSE);
  ADD (wrong_calls, FALSE);
  ADD (managed_objects, FALSE);
  ADD (introspection, FALSE);
  ADD (changes, FALSE);
  ADD (comings_and_goings, FALSE);
  ADD (emit, FALSE);
  ADD (unexport, FALSE);
  ADD (peers, FALSE);
  ADD (peers_queue, TRUE);
  g_test_add_func ("/dbus-tree/tables", test_dbus_tree_tables);
  g_test_add_func ("/dbus-tree/tiers", test_dbus_tree_tiers);
  return g_test_run ();
}
