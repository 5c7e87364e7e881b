/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-bus.h"

#include <gio/gunixfdlist.h>
#include <string.h>

GDBusConnection *
ohm_test_bus_connect (OhmTestBus *self)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (self->bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
    /* observer */ NULL,
    /* cancellable */ NULL, &error);

  g_assert_no_error (error);
  return connection;
}

OhmTestBus *
ohm_test_bus_new (void)
{
  OhmTestBus *self = g_new0 (OhmTestBus, 1);

  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  self->server = ohm_test_bus_connect (self);
  self->client = ohm_test_bus_connect (self);
  return self;
}

static void
ohm_test_bus_close (GDBusConnection *connection)
{
  if (!g_dbus_connection_is_closed (connection))
    g_assert_true (g_dbus_connection_close_sync (connection, NULL, NULL));
  g_object_unref (connection);
}

void
ohm_test_bus_free (OhmTestBus *self)
{
  ohm_test_bus_close (self->client);
  ohm_test_bus_close (self->server);
  g_test_dbus_down (self->bus);
  g_object_unref (self->bus);
  g_free (self);
}

static void
ohm_test_bus_on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **ret_result = user_data;

  *ret_result = g_object_ref (result);
}

GVariant *
ohm_test_bus_call (OhmTestBus *self,
                   const char *path,
                   const char *method,
                   GVariant *arguments,
                   GUnixFDList **ret_fds,
                   GError **error)
{
  const char *dot = strrchr (method, '.');
  g_autofree char *interface = g_strndup (method, (gsize) (dot - method));
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *answer = NULL;

  g_dbus_connection_call_with_unix_fd_list (self->client,
                                            g_dbus_connection_get_unique_name (self->server), path,
                                            interface, dot + 1, arguments,
                                            /* reply_type */ NULL, G_DBUS_CALL_FLAGS_NONE,
                                            /* timeout_msec */ 20000,
                                            /* fd_list */ NULL,
                                            /* cancellable */ NULL, ohm_test_bus_on_answer,
                                            &result);
  while (result == NULL)
    g_main_context_iteration (NULL, /* may_block */ TRUE);
  answer = g_dbus_connection_call_with_unix_fd_list_finish (self->client, ret_fds, result, error);
  if (answer == NULL && error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return answer;
}

GVariant *
ohm_test_bus_call_name (OhmTestBus *self,
                        const char *name,
                        const char *path,
                        const char *method,
                        GVariant *arguments,
                        GError **error)
{
  const char *dot = strrchr (method, '.');
  g_autofree char *interface = g_strndup (method, (gsize) (dot - method));
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *answer = NULL;

  g_dbus_connection_call (self->client, name, path, interface, dot + 1, arguments,
                          /* reply_type */ NULL, G_DBUS_CALL_FLAGS_NONE,
                          /* timeout_msec */ 20000, /* cancellable */ NULL, ohm_test_bus_on_answer,
                          &result);
  while (result == NULL)
    g_main_context_iteration (NULL, /* may_block */ TRUE);
  answer = g_dbus_connection_call_finish (self->client, result, error);
  if (answer == NULL && error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return answer;
}

static void
ohm_test_bus_on_signal (GDBusConnection *connection,
                        const char *sender,
                        const char *path,
                        const char *interface,
                        const char *member,
                        GVariant *arguments,
                        gpointer user_data)
{
  g_ptr_array_add (user_data, g_variant_ref_sink (
                                g_variant_new ("(sssv)", path, interface, member, arguments)));
}

GPtrArray *
ohm_test_bus_record (OhmTestBus *self, const char *interface, const char *member)
{
  GPtrArray *signals = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  g_dbus_connection_signal_subscribe (self->client,
                                      g_dbus_connection_get_unique_name (self->server), interface,
                                      member,
                                      /* object_path */ NULL,
                                      /* arg0 */ NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                      ohm_test_bus_on_signal, signals,
                                      (GDestroyNotify) g_ptr_array_unref);
  return signals;
}

/* Idle sources run first; then a call of the server's to the client comes after its signals, and
 * the answer to it after the client has queued them. */
void
ohm_test_bus_settle (OhmTestBus *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;

  while (g_main_context_iteration (NULL, /* may_block */ FALSE))
    ;
  g_dbus_connection_call (self->server, g_dbus_connection_get_unique_name (self->client), "/",
                          "org.freedesktop.DBus.Peer", "Ping",
                          /* parameters */ NULL,
                          /* reply_type */ NULL, G_DBUS_CALL_FLAGS_NONE,
                          /* timeout_msec */ 20000,
                          /* cancellable */ NULL, ohm_test_bus_on_answer, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, /* may_block */ TRUE);
  answer = g_dbus_connection_call_finish (self->server, result, NULL);
  g_assert_nonnull (answer);
  while (g_main_context_iteration (NULL, /* may_block */ FALSE))
    ;
}
