/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-tree.h"

#include <string.h>

#include "ohm-dbus-info.h"
#include "ohm-dbus-path.h"
#include "ohm-log.h"

#define OHM_DBUS_PROPERTIES "org.freedesktop.DBus.Properties"
#define OHM_DBUS_MANAGER    "org.freedesktop.DBus.ObjectManager"
#define OHM_DBUS_EMITS      "org.freedesktop.DBus.Property.EmitsChangedSignal"

/* One interface as exported. */
typedef struct
{
  OhmDbusTree *tree;
  const OhmDbusAdapter *adapter; /* (nullable): NULL for the ObjectManager */
  GDBusInterfaceInfo info;       /* a copy, since GIO's registrations want it writable */
  guint n_properties;
  const OhmDbusProperty **rows; /* (owned): by the order of the interface */
  guint registration;           /* of the object, or of the subtree */
  GHashTable *known; /* (owned) (element-type utf8 guint32[n_properties]): ids, interned */
  GHashTable *dirty; /* (owned) (element-type utf8): interned ids to look at */
} OhmDbusBranch;

struct _OhmDbusTree
{
  GObject parent_instance;

  OhmDbus *dbus;
  GDBusConnection *connection; /* (owned) (nullable) */
  OhmDbusPeers *peers;         /* (owned) (nullable) */
  GPtrArray *branches;         /* (owned) (element-type OhmDbusBranch) */
  guint idle;
};

G_DEFINE_FINAL_TYPE (OhmDbusTree, ohm_dbus_tree, G_TYPE_OBJECT)

/* The root object's id in `known` and `dirty`. */
#define OHM_DBUS_ROOT g_intern_static_string ("")

static gboolean
ohm_dbus_tree_is_root (const OhmDbusBranch *branch)
{
  return branch->adapter == NULL || branch->adapter->collection == NULL;
}

static char *
ohm_dbus_tree_build_path (const OhmDbusBranch *branch, const char *id)
{
  if (ohm_dbus_tree_is_root (branch))
    return g_strdup (OHM_DBUS_PATH);
  return ohm_dbus_path_build (branch->adapter->collection, id);
}

static gpointer
ohm_dbus_tree_find_object (const OhmDbusBranch *branch, const char *id)
{
  if (branch->adapter == NULL || branch->adapter->find == NULL)
    return branch->tree;
  return branch->adapter->find (branch->tree->dbus, id);
}

static GVariant *
ohm_dbus_tree_get_property (const OhmDbusBranch *branch, gpointer object, guint i)
{
  const OhmDbusProperty *row = branch->rows[i];

  return row != NULL ? g_variant_take_ref (row->get (branch->tree->dbus, object)) : NULL;
}

static GVariant *
ohm_dbus_tree_get_properties (const OhmDbusBranch *branch, gpointer object)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < branch->n_properties; i++)
    {
      const char *name = branch->info.properties[i]->name;
      g_autoptr (GVariant) value = ohm_dbus_tree_get_property (branch, object, i);

      if (value != NULL)
        g_variant_builder_add (&builder, "{sv}", name, value);
    }
  return g_variant_builder_end (&builder);
}

/* FNV-1a */
static guint32
ohm_dbus_tree_hash (GVariant *value)
{
  const guint8 *data = g_variant_get_data (value);
  gsize size = g_variant_get_size (value);
  guint32 hash = 2166136261u;

  for (gsize i = 0; i < size; i++)
    hash = (hash ^ data[i]) * 16777619u;
  return hash;
}

static gboolean
ohm_dbus_tree_is_announced (const GDBusPropertyInfo *info)
{
  const char *emits = info->annotations != NULL
                        ? g_dbus_annotation_info_lookup (info->annotations, OHM_DBUS_EMITS)
                        : NULL;

  return emits == NULL || strcmp (emits, "true") == 0;
}

/* Notes the hashes of all properties; adds those that changed to @changed, if given. */
static void
ohm_dbus_tree_compare (const OhmDbusBranch *branch,
                       gpointer object,
                       guint32 *hashes,
                       GVariantBuilder *changed,
                       guint *ret_n_changed)
{
  for (guint i = 0; i < branch->n_properties; i++)
    {
      const GDBusPropertyInfo *info = branch->info.properties[i];
      g_autoptr (GVariant) value = NULL;
      guint32 hash = 0;

      if (!ohm_dbus_tree_is_announced (info))
        continue;
      value = ohm_dbus_tree_get_property (branch, object, i);
      hash = value != NULL ? ohm_dbus_tree_hash (value) : 0;
      if (changed != NULL && value != NULL && hash != hashes[i])
        {
          g_variant_builder_add (changed, "{sv}", info->name, value);
          (*ret_n_changed)++;
        }
      hashes[i] = hash;
    }
}

static void
ohm_dbus_tree_emit_at (OhmDbusTree *self,
                       const char *path,
                       const char *interface,
                       const char *signal,
                       GVariant *arguments)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);

  if (self->connection != NULL)
    g_dbus_connection_emit_signal (self->connection,
                                   /* destination_bus_name */ NULL, path, interface, signal, owned,
                                   /* error: closed, which is noticed elsewhere */ NULL);
}

static void
ohm_dbus_tree_announce_added (OhmDbusBranch *branch, const char *id, gpointer object)
{
  g_autofree char *path = ohm_dbus_tree_build_path (branch, id);
  g_auto (GVariantBuilder) interfaces = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));

  g_variant_builder_add (&interfaces, "{s@a{sv}}", branch->info.name,
                         ohm_dbus_tree_get_properties (branch, object));
  ohm_dbus_tree_emit_at (branch->tree, OHM_DBUS_PATH, OHM_DBUS_MANAGER, "InterfacesAdded",
                         g_variant_new ("(oa{sa{sv}})", path, &interfaces));
}

static void
ohm_dbus_tree_announce_removed (OhmDbusBranch *branch, const char *id)
{
  g_autofree char *path = ohm_dbus_tree_build_path (branch, id);
  const char *interfaces[] = { branch->info.name, NULL };

  ohm_dbus_tree_emit_at (branch->tree, OHM_DBUS_PATH, OHM_DBUS_MANAGER, "InterfacesRemoved",
                         g_variant_new ("(o^as)", path, interfaces));
}

static void
ohm_dbus_tree_announce_changes (OhmDbusBranch *branch,
                                const char *id,
                                gpointer object,
                                guint32 *hashes)
{
  g_autofree char *path = ohm_dbus_tree_build_path (branch, id);
  g_auto (GVariantBuilder) changed = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint n_changed = 0;

  ohm_dbus_tree_compare (branch, object, hashes, &changed, &n_changed);
  if (n_changed > 0)
    ohm_dbus_tree_emit_at (branch->tree, path, OHM_DBUS_PROPERTIES, "PropertiesChanged",
                           g_variant_new ("(sa{sv}as)", branch->info.name, &changed,
                                          /* invalidated */ NULL));
}

static void
ohm_dbus_tree_look_at (OhmDbusBranch *branch, const char *id, gboolean is_announced)
{
  guint32 *hashes = g_hash_table_lookup (branch->known, id);
  gpointer object = ohm_dbus_tree_find_object (branch, id);

  if (object == NULL)
    {
      if (g_hash_table_remove (branch->known, id) && is_announced)
        ohm_dbus_tree_announce_removed (branch, id);
    }
  else if (hashes == NULL)
    {
      hashes = g_new0 (guint32, MAX (branch->n_properties, 1));
      ohm_dbus_tree_compare (branch, object, hashes, /* changed */ NULL, NULL);
      g_hash_table_insert (branch->known, (gpointer) (gsize) id, hashes);
      if (is_announced && !ohm_dbus_tree_is_root (branch))
        ohm_dbus_tree_announce_added (branch, id, object);
    }
  else if (is_announced)
    ohm_dbus_tree_announce_changes (branch, id, object, hashes);
}

static GPtrArray *
ohm_dbus_tree_list_ids (const OhmDbusBranch *branch)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  if (branch == NULL || branch->adapter == NULL)
    return ids;
  if (ohm_dbus_tree_is_root (branch))
    g_ptr_array_add (ids, g_strdup (""));
  else if (branch->adapter->list != NULL)
    branch->adapter->list (branch->tree->dbus, ids);
  return ids;
}

static gboolean
ohm_dbus_tree_on_idle (gpointer user_data)
{
  OhmDbusTree *self = user_data;

  self->idle = 0;
  for (guint i = 0; i < self->branches->len; i++)
    {
      OhmDbusBranch *branch = self->branches->pdata[i];
      g_autoptr (GHashTable) dirty = g_steal_pointer (&branch->dirty);
      GHashTableIter iter;
      gpointer id = NULL;

      branch->dirty = g_hash_table_new (NULL, NULL);
      g_hash_table_iter_init (&iter, dirty);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        ohm_dbus_tree_look_at (branch, id, /* is_announced */ TRUE);
    }
  return G_SOURCE_REMOVE;
}

static OhmDbusBranch *
ohm_dbus_tree_find_branch (OhmDbusTree *self, const OhmDbusAdapter *adapter)
{
  for (guint i = 0; i < self->branches->len; i++)
    {
      OhmDbusBranch *branch = self->branches->pdata[i];

      if (branch->adapter == adapter)
        return branch;
    }
  g_return_val_if_reached (NULL);
}

static void
ohm_dbus_tree_mark (OhmDbusBranch *branch, const char *id)
{
  OhmDbusTree *self;

  g_return_if_fail (branch != NULL);

  self = branch->tree;
  g_hash_table_add (branch->dirty, (gpointer) (gsize) g_intern_string (id));
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_DEFAULT, ohm_dbus_tree_on_idle, self, NULL);
}

void
ohm_dbus_tree_touch (OhmDbusTree *self, const OhmDbusAdapter *adapter, const char *id)
{
  g_return_if_fail (OHM_IS_DBUS_TREE (self));

  if (self->connection != NULL)
    ohm_dbus_tree_mark (ohm_dbus_tree_find_branch (self, adapter), id != NULL ? id : "");
}

void
ohm_dbus_tree_touch_all (OhmDbusTree *self, const OhmDbusAdapter *adapter)
{
  OhmDbusBranch *branch = NULL;
  g_autoptr (GPtrArray) ids = NULL;
  GHashTableIter iter;
  gpointer id = NULL;

  g_return_if_fail (OHM_IS_DBUS_TREE (self));

  if (self->connection == NULL)
    return;
  branch = ohm_dbus_tree_find_branch (self, adapter);
  ids = ohm_dbus_tree_list_ids (branch);
  for (guint i = 0; i < ids->len; i++)
    ohm_dbus_tree_mark (branch, ids->pdata[i]);
  g_hash_table_iter_init (&iter, branch->known);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    ohm_dbus_tree_mark (branch, id);
}

void
ohm_dbus_tree_emit (OhmDbusTree *self,
                    const OhmDbusAdapter *adapter,
                    const char *signal,
                    GVariant *arguments)
{
  g_return_if_fail (OHM_IS_DBUS_TREE (self));

  ohm_dbus_tree_emit_at (self, OHM_DBUS_PATH, adapter->info->name, signal, arguments);
}

/* Serialised at once, so that the many small values of one object are gone before the next:
 * otherwise thousands of objects would be held twice. */
static void
ohm_dbus_tree_add_managed (const OhmDbusBranch *branch, const char *id, GVariantBuilder *objects)
{
  g_autofree char *path = NULL;
  gpointer object = ohm_dbus_tree_find_object (branch, id);
  g_auto (GVariantBuilder) interfaces = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));
  GVariant *entry = NULL;

  if (object == NULL)
    return;
  path = ohm_dbus_tree_build_path (branch, id);
  g_variant_builder_add (&interfaces, "{s@a{sv}}", branch->info.name,
                         ohm_dbus_tree_get_properties (branch, object));
  entry = g_variant_new ("{oa{sa{sv}}}", path, &interfaces);
  g_variant_get_data (entry);
  g_variant_builder_add_value (objects, entry);
}

static void
ohm_dbus_tree_get_managed_objects (OhmDbusTree *self, GDBusMethodInvocation *invocation)
{
  g_auto (GVariantBuilder) objects = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{oa{sa{sv}}}"));

  for (guint i = 0; i < self->branches->len; i++)
    {
      OhmDbusBranch *branch = self->branches->pdata[i];
      g_autoptr (GPtrArray) ids = NULL;

      if (ohm_dbus_tree_is_root (branch))
        continue;
      ids = ohm_dbus_tree_list_ids (branch);
      for (guint j = 0; j < ids->len; j++)
        ohm_dbus_tree_add_managed (branch, ids->pdata[j], &objects);
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{oa{sa{sv}}})", &objects));
}

static void
ohm_dbus_tree_answer_get (const OhmDbusBranch *branch,
                          gpointer object,
                          GDBusMethodInvocation *invocation)
{
  const GDBusPropertyInfo *info = g_dbus_method_invocation_get_property_info (invocation);

  for (guint i = 0; i < branch->n_properties; i++)
    {
      g_autoptr (GVariant) value = NULL;

      if (branch->info.properties[i] != info)
        continue;
      value = ohm_dbus_tree_get_property (branch, object, i);
      if (value == NULL)
        break;
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(v)", value));
      return;
    }
  g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY,
                                         "no property '%s'", info->name);
}

static void
ohm_dbus_tree_answer_properties (const OhmDbusBranch *branch,
                                 gpointer object,
                                 GDBusMethodInvocation *invocation)
{
  if (strcmp (g_dbus_method_invocation_get_method_name (invocation), "Get") == 0)
    ohm_dbus_tree_answer_get (branch, object, invocation);
  else
    g_dbus_method_invocation_return_value (
      invocation, g_variant_new ("(@a{sv})", ohm_dbus_tree_get_properties (branch, object)));
}

static char *
ohm_dbus_tree_dup_id (const OhmDbusBranch *branch, const char *path)
{
  if (ohm_dbus_tree_is_root (branch))
    return g_strdup ("");
  return ohm_dbus_path_unescape (strrchr (path, '/') + 1);
}

static gboolean
ohm_dbus_tree_is_properties (GDBusMethodInvocation *invocation)
{
  return strcmp (g_dbus_method_invocation_get_interface_name (invocation), OHM_DBUS_PROPERTIES) ==
         0;
}

/* Of the object, or of what a method of the root is about: its first argument. (transfer full) */
static char *
ohm_dbus_tree_dup_subject (const OhmDbusBranch *branch, GDBusMethodInvocation *invocation)
{
  g_autofree char *id = ohm_dbus_tree_dup_id (branch, g_dbus_method_invocation_get_object_path (
                                                        invocation));
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  const char *first = NULL;

  if (id != NULL && *id != '\0')
    return g_strdup_printf (" '%s'", id);
  if (g_variant_n_children (arguments) > 1 &&
      g_str_has_prefix (g_variant_get_type_string (arguments), "(s"))
    g_variant_get_child (arguments, 0, "&s", &first);
  return first != NULL && ohm_id_is_valid (first) ? g_strdup_printf (" '%s'", first)
                                                  : g_strdup ("");
}

/* Who changed what; a front end that speaks for somebody names them (data/dbus/README.md). */
static void
ohm_dbus_tree_log_change (const OhmDbusBranch *branch, GDBusMethodInvocation *invocation)
{
  const char *name = g_dbus_method_invocation_get_method_name (invocation);
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  gsize n = g_variant_n_children (arguments);
  g_autoptr (GVariant) last = n > 0 ? g_variant_get_child_value (arguments, n - 1) : NULL;
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  g_autofree char *subject = ohm_dbus_tree_dup_subject (branch, invocation);
  const char *actor = "";

  if (last != NULL && g_variant_is_of_type (last, G_VARIANT_TYPE_VARDICT))
    g_variant_lookup (last, "actor", "&s", &actor);
  ohm_log_message (NULL, NULL, "user %u%s%.64s called %s%s of %s",
                   ohm_dbus_peers_get_uid (branch->tree->peers, sender),
                   *actor != '\0' ? " for " : "", actor, name, subject,
                   g_dbus_method_invocation_get_object_path (invocation));
}

static void
ohm_dbus_tree_on_allowed (GDBusMethodInvocation *invocation, gpointer user_data)
{
  OhmDbusBranch *branch = user_data;
  const char *path = g_dbus_method_invocation_get_object_path (invocation);
  const char *name = g_dbus_method_invocation_get_method_name (invocation);
  g_autofree char *id = ohm_dbus_tree_dup_id (branch, path);
  gpointer object = id != NULL ? ohm_dbus_tree_find_object (branch, id) : NULL;
  const OhmDbusMethod *row = NULL;

  if (object == NULL)
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT,
                                             "no object '%s'", path);
      return;
    }
  if (ohm_dbus_tree_is_properties (invocation))
    {
      ohm_dbus_tree_answer_properties (branch, object, invocation);
      return;
    }
  if (branch->adapter == NULL)
    {
      ohm_dbus_tree_get_managed_objects (branch->tree, invocation);
      return;
    }
  row = ohm_dbus_adapter_find_method (branch->adapter, name);
  if (ohm_dbus_adapter_get_tier (branch->adapter, name) == OHM_DBUS_TIER_CONFIGURE)
    ohm_dbus_tree_log_change (branch, invocation);
  if (row != NULL)
    row->call (branch->tree->dbus, object, invocation);
  else
    g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD,
                                           "no method '%s'", name);
}

static void
ohm_dbus_tree_on_method_call (GDBusConnection *connection,
                              const char *sender,
                              const char *path,
                              const char *interface,
                              const char *method,
                              GVariant *arguments,
                              GDBusMethodInvocation *invocation,
                              gpointer user_data)
{
  OhmDbusBranch *branch = user_data;
  OhmDbusTier tier = OHM_DBUS_TIER_VIEW;

  if (branch->adapter != NULL && !ohm_dbus_tree_is_properties (invocation))
    tier = ohm_dbus_adapter_get_tier (branch->adapter, method);
  ohm_dbus_peers_check (branch->tree->peers, invocation, tier, ohm_dbus_tree_on_allowed, branch);
}

/* Without getters and setters GIO hands Properties to method_call, where the caller is checked. */
static const GDBusInterfaceVTable ohm_dbus_tree_vtable = {
  .method_call = ohm_dbus_tree_on_method_call,
};

static char **
ohm_dbus_tree_on_enumerate (GDBusConnection *connection,
                            const char *sender,
                            const char *path,
                            gpointer user_data)
{
  g_autoptr (GPtrArray) ids = ohm_dbus_tree_list_ids (user_data);
  char **nodes = g_new0 (char *, ids->len + 1);

  for (guint i = 0; i < ids->len; i++)
    nodes[i] = ohm_dbus_path_escape (ids->pdata[i]);
  return nodes;
}

static GDBusInterfaceInfo **
ohm_dbus_tree_on_introspect (GDBusConnection *connection,
                             const char *sender,
                             const char *path,
                             const char *node,
                             gpointer user_data)
{
  OhmDbusBranch *branch = user_data;
  g_autofree char *id = node != NULL ? ohm_dbus_path_unescape (node) : NULL;
  GDBusInterfaceInfo **interfaces = NULL;

  if (node != NULL && (id == NULL || ohm_dbus_tree_find_object (branch, id) == NULL))
    return NULL;
  interfaces = g_new0 (GDBusInterfaceInfo *, 2);
  if (node != NULL)
    interfaces[0] = &branch->info;
  return interfaces;
}

static const GDBusInterfaceVTable *
ohm_dbus_tree_on_dispatch (GDBusConnection *connection,
                           const char *sender,
                           const char *path,
                           const char *interface,
                           const char *node,
                           gpointer *ret_user_data,
                           gpointer user_data)
{
  *ret_user_data = user_data;
  return &ohm_dbus_tree_vtable;
}

static const GDBusSubtreeVTable ohm_dbus_tree_subtree_vtable = {
  .enumerate = ohm_dbus_tree_on_enumerate,
  .introspect = ohm_dbus_tree_on_introspect,
  .dispatch = ohm_dbus_tree_on_dispatch,
};

static gboolean
ohm_dbus_tree_export_branch (OhmDbusTree *self, OhmDbusBranch *branch, GError **error)
{
  g_autoptr (GPtrArray) ids = ohm_dbus_tree_list_ids (branch);

  for (guint i = 0; i < ids->len; i++)
    ohm_dbus_tree_look_at (branch, g_intern_string (ids->pdata[i]), /* is_announced */ FALSE);
  if (ohm_dbus_tree_is_root (branch))
    branch->registration = g_dbus_connection_register_object (self->connection, OHM_DBUS_PATH,
                                                              &branch->info, &ohm_dbus_tree_vtable,
                                                              branch,
                                                              /* user_data_free_func */ NULL,
                                                              error);
  else
    {
      g_autofree char *path = ohm_dbus_path_build (branch->adapter->collection, NULL);

      branch->registration = g_dbus_connection_register_subtree (
        self->connection, path, &ohm_dbus_tree_subtree_vtable,
        G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES, branch,
        /* user_data_free_func */ NULL, error);
    }
  return branch->registration != 0;
}

gboolean
ohm_dbus_tree_export (OhmDbusTree *self,
                      GDBusConnection *connection,
                      OhmDbusPeers *peers,
                      GError **error)
{
  g_return_val_if_fail (OHM_IS_DBUS_TREE (self) && self->connection == NULL, FALSE);
  g_return_val_if_fail (OHM_IS_DBUS_PEERS (peers), FALSE);

  self->connection = g_object_ref (connection);
  self->peers = g_object_ref (peers);
  for (guint i = 0; i < self->branches->len; i++)
    if (!ohm_dbus_tree_export_branch (self, self->branches->pdata[i], error))
      {
        ohm_dbus_tree_unexport (self);
        return FALSE;
      }
  return TRUE;
}

static void
ohm_dbus_tree_unexport_branch (OhmDbusTree *self, OhmDbusBranch *branch)
{
  if (branch->registration == 0)
    return;
  if (ohm_dbus_tree_is_root (branch))
    g_dbus_connection_unregister_object (self->connection, branch->registration);
  else
    g_dbus_connection_unregister_subtree (self->connection, branch->registration);
  branch->registration = 0;
  g_hash_table_remove_all (branch->known);
  g_hash_table_remove_all (branch->dirty);
}

void
ohm_dbus_tree_unexport (OhmDbusTree *self)
{
  g_return_if_fail (OHM_IS_DBUS_TREE (self));

  g_clear_handle_id (&self->idle, g_source_remove);
  for (guint i = 0; i < self->branches->len; i++)
    ohm_dbus_tree_unexport_branch (self, self->branches->pdata[i]);
  g_clear_object (&self->peers);
  g_clear_object (&self->connection);
}

static void
ohm_dbus_tree_free_branch (gpointer data)
{
  OhmDbusBranch *branch = data;

  g_hash_table_unref (branch->known);
  g_hash_table_unref (branch->dirty);
  g_free (branch->rows);
  g_free (branch);
}

static void
ohm_dbus_tree_add_branch (OhmDbusTree *self,
                          const OhmDbusAdapter *adapter,
                          const GDBusInterfaceInfo *info)
{
  OhmDbusBranch *branch = g_new0 (OhmDbusBranch, 1);

  branch->tree = self;
  branch->adapter = adapter;
  branch->info = *info;
  while (info->properties != NULL && info->properties[branch->n_properties] != NULL)
    branch->n_properties++;
  branch->rows = g_new0 (const OhmDbusProperty *, branch->n_properties + 1);
  for (guint i = 0; i < branch->n_properties; i++)
    branch->rows[i] = ohm_dbus_adapter_find_property (adapter, info->properties[i]->name);
  branch->known = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  branch->dirty = g_hash_table_new (NULL, NULL);
  g_ptr_array_add (self->branches, branch);
}

static void
ohm_dbus_tree_dispose (GObject *object)
{
  ohm_dbus_tree_unexport (OHM_DBUS_TREE (object));
  G_OBJECT_CLASS (ohm_dbus_tree_parent_class)->dispose (object);
}

static void
ohm_dbus_tree_finalize (GObject *object)
{
  g_ptr_array_unref (OHM_DBUS_TREE (object)->branches);
  G_OBJECT_CLASS (ohm_dbus_tree_parent_class)->finalize (object);
}

static void
ohm_dbus_tree_class_init (OhmDbusTreeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_dbus_tree_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_dbus_tree_finalize;
}

static void
ohm_dbus_tree_init (OhmDbusTree *self)
{
  self->branches = g_ptr_array_new_with_free_func (ohm_dbus_tree_free_branch);
}

OhmDbusTree *
ohm_dbus_tree_new (OhmDbus *dbus, const OhmDbusAdapter *const *adapters)
{
  OhmDbusTree *self = g_object_new (OHM_TYPE_DBUS_TREE, NULL);

  self->dbus = dbus;
  ohm_dbus_tree_add_branch (self, NULL, &org_freedesktop_dbus_object_manager_interface);
  for (guint i = 0; adapters[i] != NULL; i++)
    ohm_dbus_tree_add_branch (self, adapters[i], adapters[i]->info);
  return self;
}
