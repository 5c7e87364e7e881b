/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-keyring.h"

#include <string.h>

#define KEYRING_NAME    "org.freedesktop.secrets"
#define KEYRING_PATH    "/org/freedesktop/secrets"
#define KEYRING_DEFAULT KEYRING_PATH "/aliases/default"
#define KEYRING_ITEMS   KEYRING_PATH "/items"
#define KEYRING_SESSION KEYRING_PATH "/session/1"

/* The Secret Service API, draft of freedesktop.org. */
static const char keyring_xml[] =
  "<node>"
  "<interface name='org.freedesktop.Secret.Service'>"
  "<method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
  "<arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
  "<method name='SearchItems'><arg type='a{ss}' direction='in'/>"
  "<arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
  "<method name='GetSecrets'><arg type='ao' direction='in'/><arg type='o' direction='in'/>"
  "<arg type='a{o(oayays)}' direction='out'/></method>"
  "<method name='Unlock'><arg type='ao' direction='in'/>"
  "<arg type='ao' direction='out'/><arg type='o' direction='out'/></method>"
  "</interface>"
  "<interface name='org.freedesktop.Secret.Collection'>"
  "<method name='CreateItem'><arg type='a{sv}' direction='in'/>"
  "<arg type='(oayays)' direction='in'/><arg type='b' direction='in'/>"
  "<arg type='o' direction='out'/><arg type='o' direction='out'/></method>"
  "</interface>"
  "<interface name='org.freedesktop.Secret.Item'>"
  "<method name='Delete'><arg type='o' direction='out'/></method>"
  "<property name='Locked' type='b' access='read'/>"
  "</interface>"
  "</node>";

static int
ohm_test_keyring_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* One text for a set of attributes. (transfer full) */
static char *
ohm_test_keyring_dup_key (GVariant *attributes)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  const char *name;
  const char *text;

  g_variant_iter_init (&iter, attributes);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &text))
    g_ptr_array_add (words, g_strdup_printf ("%s=%s", name, text));
  g_ptr_array_sort (words, ohm_test_keyring_compare);
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

/* (transfer full): of the item with this key */
static char *
ohm_test_keyring_dup_path (const char *key)
{
  return g_strdup_printf (KEYRING_ITEMS "/i%u", g_str_hash (key));
}

/* (nullable): key of the item at @path */
static const char *
ohm_test_keyring_find (OhmTestKeyring *self, const char *path)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_autofree char *candidate = ohm_test_keyring_dup_path (key);

      if (g_str_equal (candidate, path))
        return key;
    }
  return NULL;
}

/* Whether the item with @key has all attributes of @wanted. */
static gboolean
ohm_test_keyring_has (const char *key, const char *wanted)
{
  g_auto (GStrv) has = g_strsplit (key, " ", -1);
  g_auto (GStrv) words = g_strsplit (wanted, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (!g_strv_contains ((const char *const *) has, words[i]))
      return FALSE;
  return TRUE;
}

static GVariant *
ohm_test_keyring_search (OhmTestKeyring *self, GVariant *arguments)
{
  g_autoptr (GVariant) attributes = g_variant_get_child_value (arguments, 0);
  g_autofree char *wanted = ohm_test_keyring_dup_key (attributes);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  GVariant *none;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (ohm_test_keyring_has (key, wanted))
      g_ptr_array_add (paths, ohm_test_keyring_dup_path (key));
  g_ptr_array_add (paths, NULL);
  none = g_variant_new_array (G_VARIANT_TYPE_OBJECT_PATH, NULL, 0);
  if (self->is_locked)
    return g_variant_new ("(@ao^ao)", none, paths->pdata);
  return g_variant_new ("(^ao@ao)", paths->pdata, none);
}

static GVariant *
ohm_test_keyring_get (OhmTestKeyring *self, GVariant *arguments)
{
  g_autoptr (GVariant) paths = g_variant_get_child_value (arguments, 0);
  GVariantBuilder builder;
  GVariantIter iter;
  const char *path;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{o(oayays)}"));
  g_variant_iter_init (&iter, paths);
  while (g_variant_iter_next (&iter, "&o", &path))
    {
      const char *secret = g_hash_table_lookup (self->items, ohm_test_keyring_find (self, path));

      g_variant_builder_add (&builder, "{o(o@ay@ays)}", path, KEYRING_SESSION,
                             g_variant_new_array (G_VARIANT_TYPE_BYTE, NULL, 0),
                             g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, secret,
                                                        strlen (secret), 1),
                             "text/plain");
    }
  return g_variant_new ("(a{o(oayays)})", &builder);
}

static GVariant *
ohm_test_keyring_create (OhmTestKeyring *self, GVariant *arguments)
{
  g_autoptr (GVariant) properties = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) secret = g_variant_get_child_value (arguments, 1);
  g_autoptr (GVariant) value = g_variant_get_child_value (secret, 2);
  g_autoptr (GVariant) attributes = g_variant_lookup_value (
    properties, "org.freedesktop.Secret.Item.Attributes", G_VARIANT_TYPE ("a{ss}"));
  char *key = ohm_test_keyring_dup_key (attributes);
  g_autofree char *path = ohm_test_keyring_dup_path (key);

  g_free (self->label);
  g_variant_lookup (properties, "org.freedesktop.Secret.Item.Label", "s", &self->label);
  g_hash_table_insert (self->items, key,
                       g_strndup (g_variant_get_data (value), g_variant_get_size (value)));
  return g_variant_new ("(oo)", path, "/");
}

static void
ohm_test_keyring_refuse (GDBusMethodInvocation *call, const char *error)
{
  g_autofree char *name = g_strconcat ("org.freedesktop.DBus.Error.", error, NULL);

  g_dbus_method_invocation_return_dbus_error (call, name, "this keyring does not do that");
}

static void
ohm_test_keyring_open (GDBusMethodInvocation *call, GVariant *arguments)
{
  const char *algorithm;

  g_variant_get (arguments, "(&sv)", &algorithm, NULL);
  if (g_str_equal (algorithm, "plain"))
    g_dbus_method_invocation_return_value (call, g_variant_new ("(vo)", g_variant_new_string (""),
                                                                KEYRING_SESSION));
  else
    ohm_test_keyring_refuse (call, "NotSupported");
}

static void
ohm_test_keyring_on_call (GDBusConnection *connection,
                          const char *sender,
                          const char *path,
                          const char *interface,
                          const char *method,
                          GVariant *arguments,
                          GDBusMethodInvocation *call,
                          gpointer user_data)
{
  OhmTestKeyring *self = user_data;
  const char *key;

  if (self->is_mute)
    g_object_unref (call);
  else if (g_str_equal (method, "OpenSession"))
    ohm_test_keyring_open (call, arguments);
  else if (g_str_equal (method, "SearchItems"))
    g_dbus_method_invocation_return_value (call, ohm_test_keyring_search (self, arguments));
  else if (g_str_equal (method, "Unlock")) /* nothing was unlocked, and there is no prompt */
    g_dbus_method_invocation_return_value (
      call,
      g_variant_new ("(@aoo)", g_variant_new_array (G_VARIANT_TYPE_OBJECT_PATH, NULL, 0), "/"));
  else if (g_str_equal (method, "GetSecrets"))
    g_dbus_method_invocation_return_value (call, ohm_test_keyring_get (self, arguments));
  else if (g_str_equal (method, "CreateItem") && self->is_broken)
    ohm_test_keyring_refuse (call, "Failed");
  else if (g_str_equal (method, "CreateItem"))
    g_dbus_method_invocation_return_value (call, ohm_test_keyring_create (self, arguments));
  else if (g_str_equal (method, "Delete") && (key = ohm_test_keyring_find (self, path)) != NULL)
    {
      g_hash_table_remove (self->items, key);
      g_dbus_method_invocation_return_value (call, g_variant_new ("(o)", "/"));
    }
  else
    ohm_test_keyring_refuse (call, "UnknownObject");
}

static GDBusInterfaceInfo *
ohm_test_keyring_get_info (const char *name)
{
  static GDBusNodeInfo *info;

  if (info == NULL)
    info = g_dbus_node_info_new_for_xml (keyring_xml, NULL);
  return g_dbus_node_info_lookup_interface (info, name);
}

static GVariant *
ohm_test_keyring_on_get (GDBusConnection *connection,
                         const char *sender,
                         const char *path,
                         const char *interface,
                         const char *property,
                         GError **error,
                         gpointer user_data)
{
  return g_variant_new_boolean (((OhmTestKeyring *) user_data)->is_locked);
}

static const GDBusInterfaceVTable ohm_test_keyring_vtable = {
  .method_call = ohm_test_keyring_on_call,
  .get_property = ohm_test_keyring_on_get,
};

/* Items come and go: all below their folder are answered by one function. */
static char **
ohm_test_keyring_on_enumerate (GDBusConnection *connection,
                               const char *sender,
                               const char *path,
                               gpointer user_data)
{
  return g_new0 (char *, 1);
}

static GDBusInterfaceInfo **
ohm_test_keyring_on_introspect (GDBusConnection *connection,
                                const char *sender,
                                const char *path,
                                const char *node,
                                gpointer user_data)
{
  GDBusInterfaceInfo **infos = g_new0 (GDBusInterfaceInfo *, 2);

  infos[0] = g_dbus_interface_info_ref (ohm_test_keyring_get_info ("org.freedesktop.Secret.Item"));
  return infos;
}

static const GDBusInterfaceVTable *
ohm_test_keyring_on_dispatch (GDBusConnection *connection,
                              const char *sender,
                              const char *path,
                              const char *interface,
                              const char *node,
                              gpointer *ret_user_data,
                              gpointer user_data)
{
  *ret_user_data = user_data;
  return &ohm_test_keyring_vtable;
}

static const GDBusSubtreeVTable ohm_test_keyring_subtree = {
  .enumerate = ohm_test_keyring_on_enumerate,
  .introspect = ohm_test_keyring_on_introspect,
  .dispatch = ohm_test_keyring_on_dispatch,
};

static void
ohm_test_keyring_serve (OhmTestKeyring *self, const char *path, const char *interface)
{
  g_assert_cmpuint (g_dbus_connection_register_object (self->bus->server, path,
                                                       ohm_test_keyring_get_info (interface),
                                                       &ohm_test_keyring_vtable, self,
                                                       /* free */ NULL, /* error */ NULL),
                    !=, 0);
}

OhmTestKeyring *
ohm_test_keyring_new (void)
{
  OhmTestKeyring *self = g_new0 (OhmTestKeyring, 1);
  g_autoptr (GVariant) owned = NULL;

  self->bus = ohm_test_bus_new ();
  self->items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ohm_test_keyring_serve (self, KEYRING_PATH, "org.freedesktop.Secret.Service");
  ohm_test_keyring_serve (self, KEYRING_DEFAULT, "org.freedesktop.Secret.Collection");
  g_assert_cmpuint (g_dbus_connection_register_subtree (
                      self->bus->server, KEYRING_ITEMS, &ohm_test_keyring_subtree,
                      G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, self, NULL, NULL),
                    !=, 0);
  owned = g_dbus_connection_call_sync (self->bus->server, "org.freedesktop.DBus", "/",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", KEYRING_NAME, 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (owned);
  return self;
}

void
ohm_test_keyring_free (OhmTestKeyring *self)
{
  /* libsecret holds on to its connection: the bus would wait for that to end, or the process would
   * end with the bus. So the bus ends with the process. */
  static OhmTestBus *left;

  left = self->bus;
  g_assert_nonnull (left);
  g_hash_table_unref (self->items);
  g_free (self->label);
  g_free (self);
}
