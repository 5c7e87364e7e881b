/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-peers.h"

#include <unistd.h>

#define OHM_DBUS_DRIVER        "org.freedesktop.DBus"
#define OHM_DBUS_DRIVER_PATH   "/org/freedesktop/DBus"
#define OHM_DBUS_ACTION_PREFIX "org.ohmnibus.Ohmnibus1."

/* polkit's CheckAuthorizationFlags */
#define OHM_DBUS_POLKIT_ALLOW_INTERACTION 1

struct _OhmDbusPeers
{
  GObject parent_instance;

  GDBusConnection *connection; /* (owned) */
  GCancellable *cancellable;   /* (owned) */
  GHashTable *peers;           /* (owned) (element-type utf8 OhmDbusPeer) */
  gboolean is_system;
};

typedef struct
{
  OhmDbusPeers *owner;
  char *name;         /* (owned) */
  guint subscription; /* NameOwnerChanged */
  guint32 uid;
  gboolean is_known;
  gboolean may_view; /* polkit said so */
  GQueue waiting;    /* (element-type OhmDbusPeerCall): until the user id is known */
} OhmDbusPeer;

typedef struct
{
  OhmDbusPeers *owner;               /* valid until its cancellable is cancelled */
  GDBusMethodInvocation *invocation; /* (owned) (nullable) */
  OhmDbusTier tier;
  OhmDbusPeersAllowed allowed;
  gpointer user_data;
} OhmDbusPeerCall;

enum
{
  OHM_DBUS_PEERS_VANISHED,
  OHM_DBUS_PEERS_N_SIGNALS,
};

static guint ohm_dbus_peers_signals[OHM_DBUS_PEERS_N_SIGNALS];

G_DEFINE_FINAL_TYPE (OhmDbusPeers, ohm_dbus_peers, G_TYPE_OBJECT)

static void
ohm_dbus_peer_call_refuse (OhmDbusPeerCall *call, const char *reason)
{
  g_dbus_method_invocation_return_error (g_steal_pointer (&call->invocation), G_DBUS_ERROR,
                                         G_DBUS_ERROR_ACCESS_DENIED, "not allowed: %s", reason);
}

static void
ohm_dbus_peer_call_free (OhmDbusPeerCall *call)
{
  if (call->invocation != NULL)
    ohm_dbus_peer_call_refuse (call, "the caller or the daemon is leaving the bus");
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusPeerCall, ohm_dbus_peer_call_free)

static void
ohm_dbus_peer_call_let_through (OhmDbusPeerCall *call)
{
  call->allowed (g_steal_pointer (&call->invocation), call->user_data);
}

static void
ohm_dbus_peer_free (OhmDbusPeer *peer)
{
  OhmDbusPeerCall *call = NULL;

  g_dbus_connection_signal_unsubscribe (peer->owner->connection, peer->subscription);
  while ((call = g_queue_pop_head (&peer->waiting)) != NULL)
    ohm_dbus_peer_call_free (call);
  g_free (peer->name);
  g_free (peer);
}

static void
ohm_dbus_peers_on_owner_changed (GDBusConnection *connection,
                                 const char *sender,
                                 const char *path,
                                 const char *interface,
                                 const char *signal,
                                 GVariant *arguments,
                                 gpointer user_data)
{
  OhmDbusPeers *self = g_object_ref (user_data);
  g_autofree char *name = NULL;
  const char *new_owner = NULL;

  g_variant_get (arguments, "(s&s&s)", &name, NULL, &new_owner);
  if (*new_owner == '\0' && g_hash_table_remove (self->peers, name))
    g_signal_emit (self, ohm_dbus_peers_signals[OHM_DBUS_PEERS_VANISHED], 0, name);
  g_object_unref (self);
}

static void
ohm_dbus_peers_on_polkit (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusPeerCall) call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  OhmDbusPeer *peer = NULL;
  gboolean is_authorized = FALSE;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (ohm_error_is_cancelled (error))
    return;
  if (reply == NULL)
    {
      ohm_dbus_peer_call_refuse (call, "polkit cannot be asked");
      return;
    }
  g_variant_get (reply, "((bba{ss}))", &is_authorized, NULL, NULL);
  if (!is_authorized)
    {
      ohm_dbus_peer_call_refuse (call, "polkit says no");
      return;
    }
  peer = g_hash_table_lookup (call->owner->peers,
                              g_dbus_method_invocation_get_sender (call->invocation));
  if (peer != NULL && call->tier == OHM_DBUS_TIER_VIEW)
    peer->may_view = TRUE;
  ohm_dbus_peer_call_let_through (call);
}

static void
ohm_dbus_peers_ask_polkit (OhmDbusPeers *self, OhmDbusPeerCall *call)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (call->invocation);
  GDBusMessageFlags flags = g_dbus_message_get_flags (message);
  gboolean is_interactive = (flags & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
  g_auto (GVariantBuilder) subject = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sv}"));
  g_autofree char *action = g_strconcat (OHM_DBUS_ACTION_PREFIX,
                                         ohm_dbus_tier_to_string (call->tier), NULL);

  g_variant_builder_add (&subject, "{sv}", "name",
                         g_variant_new_string (
                           g_dbus_method_invocation_get_sender (call->invocation)));
  g_dbus_connection_call (self->connection, "org.freedesktop.PolicyKit1",
                          "/org/freedesktop/PolicyKit1/Authority",
                          "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization",
                          g_variant_new ("((sa{sv})sa{ss}us)", "system-bus-name", &subject, action,
                                         /* details */ NULL,
                                         is_interactive ? OHM_DBUS_POLKIT_ALLOW_INTERACTION : 0,
                                         /* cancellation_id */ ""),
                          G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE,
                          is_interactive ? G_MAXINT : -1, self->cancellable,
                          ohm_dbus_peers_on_polkit, call);
}

static void
ohm_dbus_peers_decide_take (OhmDbusPeers *self, OhmDbusPeer *peer, OhmDbusPeerCall *call_take)
{
  g_autoptr (OhmDbusPeerCall) call = call_take;

  if (peer->uid == (guint32) getuid () || (self->is_system && peer->uid == 0) ||
      (peer->may_view && call->tier == OHM_DBUS_TIER_VIEW))
    ohm_dbus_peer_call_let_through (call);
  else if (self->is_system)
    ohm_dbus_peers_ask_polkit (self, g_steal_pointer (&call));
  else
    ohm_dbus_peer_call_refuse (call, "this bus is for the daemon's own user");
}

static void
ohm_dbus_peers_on_uid (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusPeerCall) first = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmDbusPeers) self = NULL;
  g_autofree char *name = NULL;
  OhmDbusPeer *peer = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (ohm_error_is_cancelled (error))
    return;
  self = g_object_ref (first->owner);
  name = g_strdup (g_dbus_method_invocation_get_sender (first->invocation));
  peer = g_hash_table_lookup (self->peers, name);
  if (peer == NULL || reply == NULL)
    {
      g_hash_table_remove (self->peers, name);
      return;
    }
  g_variant_get (reply, "(u)", &peer->uid);
  peer->is_known = TRUE;
  ohm_dbus_peers_decide_take (self, peer, g_steal_pointer (&first));
  /* A call may end the peer: look it up again. */
  while ((peer = g_hash_table_lookup (self->peers, name)) != NULL &&
         !g_queue_is_empty (&peer->waiting))
    ohm_dbus_peers_decide_take (self, peer, g_queue_pop_head (&peer->waiting));
}

static OhmDbusPeer *
ohm_dbus_peers_add (OhmDbusPeers *self, const char *name)
{
  OhmDbusPeer *peer = g_new0 (OhmDbusPeer, 1);

  peer->owner = self;
  peer->name = g_strdup (name);
  peer->uid = G_MAXUINT32;
  g_queue_init (&peer->waiting);
  peer->subscription = g_dbus_connection_signal_subscribe (self->connection, OHM_DBUS_DRIVER,
                                                           OHM_DBUS_DRIVER, "NameOwnerChanged",
                                                           OHM_DBUS_DRIVER_PATH, name,
                                                           G_DBUS_SIGNAL_FLAGS_NONE,
                                                           ohm_dbus_peers_on_owner_changed, self,
                                                           /* user_data_free_func */ NULL);
  g_hash_table_insert (self->peers, peer->name, peer);
  return peer;
}

static void
ohm_dbus_peers_ask_uid (OhmDbusPeers *self, OhmDbusPeer *peer, OhmDbusPeerCall *call)
{
  g_dbus_connection_call (self->connection, OHM_DBUS_DRIVER, OHM_DBUS_DRIVER_PATH, OHM_DBUS_DRIVER,
                          "GetConnectionUnixUser", g_variant_new ("(s)", peer->name),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE,
                          /* timeout_msec */ -1, self->cancellable, ohm_dbus_peers_on_uid, call);
}

void
ohm_dbus_peers_check (OhmDbusPeers *self,
                      GDBusMethodInvocation *invocation,
                      OhmDbusTier tier,
                      OhmDbusPeersAllowed allowed,
                      gpointer user_data)
{
  const char *name = NULL;
  OhmDbusPeer *peer = NULL;
  OhmDbusPeerCall *call = NULL;

  g_return_if_fail (OHM_IS_DBUS_PEERS (self));
  g_return_if_fail (allowed != NULL);

  name = g_dbus_method_invocation_get_sender (invocation);
  peer = g_hash_table_lookup (self->peers, name);
  call = g_new0 (OhmDbusPeerCall, 1);
  call->owner = self;
  call->invocation = invocation;
  call->tier = tier;
  call->allowed = allowed;
  call->user_data = user_data;
  if (peer == NULL)
    ohm_dbus_peers_ask_uid (self, ohm_dbus_peers_add (self, name), call);
  else if (!peer->is_known)
    g_queue_push_tail (&peer->waiting, call);
  else
    ohm_dbus_peers_decide_take (self, peer, call);
}

guint32
ohm_dbus_peers_get_uid (OhmDbusPeers *self, const char *name)
{
  OhmDbusPeer *peer = NULL;

  g_return_val_if_fail (OHM_IS_DBUS_PEERS (self), G_MAXUINT32);

  peer = g_hash_table_lookup (self->peers, name);
  return peer != NULL ? peer->uid : G_MAXUINT32;
}

static void
ohm_dbus_peers_dispose (GObject *object)
{
  OhmDbusPeers *self = OHM_DBUS_PEERS (object);

  g_cancellable_cancel (self->cancellable);
  g_hash_table_remove_all (self->peers);
  G_OBJECT_CLASS (ohm_dbus_peers_parent_class)->dispose (object);
}

static void
ohm_dbus_peers_finalize (GObject *object)
{
  OhmDbusPeers *self = OHM_DBUS_PEERS (object);

  g_hash_table_unref (self->peers);
  g_object_unref (self->cancellable);
  g_object_unref (self->connection);
  G_OBJECT_CLASS (ohm_dbus_peers_parent_class)->finalize (object);
}

static void
ohm_dbus_peers_class_init (OhmDbusPeersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_dbus_peers_dispose;
  object_class->finalize = ohm_dbus_peers_finalize;
  ohm_dbus_peers_signals[OHM_DBUS_PEERS_VANISHED] = g_signal_new ("vanished", OHM_TYPE_DBUS_PEERS,
                                                                  G_SIGNAL_RUN_LAST,
                                                                  /* class_offset */ 0,
                                                                  /* accumulator */ NULL,
                                                                  /* accu_data */ NULL,
                                                                  /* c_marshaller */ NULL,
                                                                  G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
ohm_dbus_peers_init (OhmDbusPeers *self)
{
  self->cancellable = g_cancellable_new ();
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) ohm_dbus_peer_free);
}

OhmDbusPeers *
ohm_dbus_peers_new (GDBusConnection *connection, gboolean is_system)
{
  OhmDbusPeers *self = NULL;

  g_return_val_if_fail (G_IS_DBUS_CONNECTION (connection), NULL);

  self = g_object_new (OHM_TYPE_DBUS_PEERS, NULL);
  self->connection = g_object_ref (connection);
  self->is_system = is_system;
  return self;
}
