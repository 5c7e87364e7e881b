/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-connection.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The daemon answers at once; only a reading on a slow line takes longer. */
#define CALL_TIMEOUT_MS 60000
#define PAYLOAD_MAX     (512 * 1024 * 1024)

static const char *
ohmctl_connection_bus_name (OhmctlContext *context)
{
  switch (context->bus_kind)
    {
    case OHMCTL_BUS_SESSION:
      return "the session bus";
    case OHMCTL_BUS_ADDRESS:
      return context->bus_address;
    case OHMCTL_BUS_SYSTEM:
    default:
      return "the system bus";
    }
}

static GDBusConnection *
ohmctl_connection_connect (OhmctlContext *context, GError **error)
{
  GBusType type = context->bus_kind == OHMCTL_BUS_SESSION ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;

  if (context->bus_kind != OHMCTL_BUS_ADDRESS)
    return g_bus_get_sync (type, /* cancellable */ NULL, error);
  return g_dbus_connection_new_for_address_sync (context->bus_address,
                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                 /* observer */ NULL, /* cancellable */ NULL,
                                                 error);
}

static void
ohmctl_connection_set_no_daemon (OhmctlContext *context, GError **error)
{
  const char *remedy = "start it with 'ohmd --bus-address=ADDRESS'";

  if (context->bus_kind == OHMCTL_BUS_SYSTEM)
    remedy =
      "start it with 'systemctl start ohmd'; a daemon on another bus is found with --session "
      "or --bus-address=ADDRESS; to try it without one: 'sh data/quickstart.sh'";
  else if (context->bus_kind == OHMCTL_BUS_SESSION)
    remedy = "start it with 'ohmd --session', or leave out --session";
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON, "ohmd is not running on %s\n%s",
               ohmctl_connection_bus_name (context), remedy);
}

static void
ohmctl_connection_set_no_bus (OhmctlContext *context, const char *reason, GError **error)
{
  const char *remedy = "check the address that --bus-address names, and that its bus runs";

  if (context->bus_kind == OHMCTL_BUS_SYSTEM)
    remedy =
      "without a system bus, start 'ohmd --session' and use 'ohmctl --session'; to see it work: "
      "'sh data/quickstart.sh'";
  else if (context->bus_kind == OHMCTL_BUS_SESSION)
    remedy =
      "without a session bus, run both in one: 'dbus-run-session sh', or leave out --session";
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON, "cannot reach %s: %s\n%s",
               ohmctl_connection_bus_name (context), reason, remedy);
}

gboolean
ohmctl_connection_open (OhmctlContext *context, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (context->owner != NULL)
    return TRUE;
  /* registers the names of our errors */
  (void) OHM_ERROR;
  if (context->bus == NULL)
    context->bus = ohmctl_connection_connect (context, &local);
  if (context->bus == NULL)
    {
      g_dbus_error_strip_remote_error (local);
      ohmctl_connection_set_no_bus (context, local->message, error);
      return FALSE;
    }
  g_dbus_connection_set_exit_on_close (context->bus, FALSE);
  reply = g_dbus_connection_call_sync (context->bus, "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       "GetNameOwner", g_variant_new ("(s)", OHM_DBUS_NAME),
                                       G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NONE,
                                       CALL_TIMEOUT_MS, /* cancellable */ NULL, &local);
  if (reply == NULL)
    {
      ohmctl_connection_set_no_daemon (context, error);
      return FALSE;
    }
  g_variant_get (reply, "(s)", &context->owner);
  return TRUE;
}

/* `Manager.Reload` has one dot, a whole name more. */
static void
ohmctl_connection_split (const char *method, char **ret_interface, const char **ret_member)
{
  const char *dot = strrchr (method, '.');
  g_autofree char *interface = g_strndup (method, (gsize) (dot - method));

  *ret_interface = strchr (interface, '.') != NULL
                     ? g_steal_pointer (&interface)
                     : g_strconcat (OHM_DBUS_NAME ".", interface, NULL);
  *ret_member = dot + 1;
}

/* Makes an error of D-Bus readable. */
static void
ohmctl_connection_take_error (OhmctlContext *context,
                              const char *method,
                              GError *local,
                              GError **error)
{
  g_autoptr (GError) owned = local;

  g_dbus_error_strip_remote_error (owned);
  switch (ohmctl_error_get_exit (owned))
    {
    case OHMCTL_EXIT_NOT_ALLOWED:
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_ALLOWED, "not allowed: %s", owned->message);
      break;
    case OHMCTL_EXIT_NO_DAEMON:
      if (g_error_matches (owned, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
          g_error_matches (owned, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON, "ohmd does not answer (%s)",
                     method);
      else
        ohmctl_connection_set_no_daemon (context, error);
      break;
    case OHMCTL_EXIT_DONE:
    case OHMCTL_EXIT_FAILED:
    case OHMCTL_EXIT_USAGE:
    case OHMCTL_EXIT_NOT_FOUND:
    case OHMCTL_EXIT_NO_ANSWER:
    case OHMCTL_EXIT_FINDINGS:
    default:
      g_propagate_error (error, g_steal_pointer (&owned));
      break;
    }
}

GVariant *
ohmctl_connection_call (OhmctlContext *context,
                        const char *path,
                        const char *method,
                        GVariant *arguments,
                        const char *reply,
                        GError **error)
{
  g_autoptr (GVariant) owned = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  g_autofree char *interface = NULL;
  const char *member;
  GVariant *answer;
  GError *local = NULL;

  if (!ohmctl_connection_open (context, error))
    return NULL;
  ohmctl_connection_split (method, &interface, &member);
  answer = g_dbus_connection_call_sync (context->bus, context->owner, path, interface, member,
                                        owned, G_VARIANT_TYPE (reply),
                                        G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                        CALL_TIMEOUT_MS, /* cancellable */ NULL, &local);
  if (answer == NULL)
    ohmctl_connection_take_error (context, method, local, error);
  return answer;
}

static GVariant *
ohmctl_connection_load (int fd, const char *type, GError **error)
{
  struct stat status;
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (fstat (fd, &status) != 0 || status.st_size > PAYLOAD_MAX)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
                   "the answer is larger than %d MiB; ask for a shorter time",
                   PAYLOAD_MAX / 1024 / 1024);
      return NULL;
    }
  file = g_mapped_file_new_from_fd (fd, /* writable */ FALSE, error);
  if (file == NULL)
    return NULL;
  bytes = g_mapped_file_get_bytes (file);
  return g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, /* trusted */ FALSE));
}

int
ohmctl_connection_call_stream (OhmctlContext *context,
                               const char *path,
                               const char *method,
                               GVariant *arguments,
                               GError **error)
{
  g_autoptr (GVariant) owned = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autofree char *interface = NULL;
  const char *member;
  GError *local = NULL;
  int handle;
  int fd;

  if (!ohmctl_connection_open (context, error))
    return -1;
  ohmctl_connection_split (method, &interface, &member);
  answer = g_dbus_connection_call_with_unix_fd_list_sync (context->bus, context->owner, path,
                                                          interface, member, owned,
                                                          G_VARIANT_TYPE ("(h)"),
                                                          G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS,
                                                          /* fds in */ NULL, &fds,
                                                          /* cancellable */ NULL, &local);
  if (answer == NULL)
    {
      ohmctl_connection_take_error (context, method, local, error);
      return -1;
    }
  g_variant_get (answer, "(h)", &handle);
  fd = fds != NULL ? g_unix_fd_list_get (fds, handle, error) : -1;
  if (fd < 0 && error != NULL && *error == NULL)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "the answer has no contents");
  return fd;
}

GVariant *
ohmctl_connection_call_fd (OhmctlContext *context,
                           const char *path,
                           const char *method,
                           GVariant *arguments,
                           const char *type,
                           GError **error)
{
  int fd = ohmctl_connection_call_stream (context, path, method, arguments, error);
  GVariant *payload;

  if (fd < 0)
    return NULL;
  payload = ohmctl_connection_load (fd, type, error);
  close (fd);
  return payload;
}

char *
ohmctl_connection_dup_path (const char *folder, const char *id)
{
  GString *path = g_string_new (OHM_DBUS_PATH "/");

  g_string_append_printf (path, "%s/", folder);
  for (const char *p = id; *p != '\0'; p++)
    {
      if (g_ascii_isalnum (*p))
        g_string_append_c (path, *p);
      else
        g_string_append_printf (path, "_%02x", (guint) (guchar) *p);
    }
  return g_string_free (path, FALSE);
}

gboolean
ohmctl_connection_is_unknown_object (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}
