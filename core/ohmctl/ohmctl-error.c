/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-error.h"

#include <ohm.h>

G_DEFINE_QUARK (ohmctl - error - quark, ohmctl_error)

static OhmctlExit
ohmctl_error_exit_of_ohm (int code)
{
  switch (code)
    {
    case OHM_ERROR_NOT_FOUND:
      return OHMCTL_EXIT_NOT_FOUND;
    case OHM_ERROR_LINK:
    case OHM_ERROR_TIMEOUT:
    case OHM_ERROR_PROTOCOL:
    case OHM_ERROR_DEVICE:
      return OHMCTL_EXIT_NO_ANSWER;
    default:
      return OHMCTL_EXIT_FAILED;
    }
}

static OhmctlExit
ohmctl_error_exit_of_dbus (int code)
{
  switch (code)
    {
    case G_DBUS_ERROR_SERVICE_UNKNOWN:
    case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
    case G_DBUS_ERROR_NO_SERVER:
    case G_DBUS_ERROR_NO_REPLY:
    case G_DBUS_ERROR_TIMEOUT:
    case G_DBUS_ERROR_TIMED_OUT:
    case G_DBUS_ERROR_DISCONNECTED:
    case G_DBUS_ERROR_SPAWN_FAILED:
    case G_DBUS_ERROR_SPAWN_CHILD_EXITED:
    case G_DBUS_ERROR_SPAWN_EXEC_FAILED:
      return OHMCTL_EXIT_NO_DAEMON;
    case G_DBUS_ERROR_ACCESS_DENIED:
    case G_DBUS_ERROR_AUTH_FAILED:
      return OHMCTL_EXIT_NOT_ALLOWED;
    case G_DBUS_ERROR_UNKNOWN_OBJECT:
      return OHMCTL_EXIT_NOT_FOUND;
    default:
      return OHMCTL_EXIT_FAILED;
    }
}

OhmctlExit
ohmctl_error_get_exit (const GError *error)
{
  g_return_val_if_fail (error != NULL, OHMCTL_EXIT_FAILED);

  if (error->domain == OHMCTL_ERROR)
    return (OhmctlExit) error->code;
  if (error->domain == OHM_ERROR)
    return ohmctl_error_exit_of_ohm (error->code);
  if (error->domain == G_DBUS_ERROR)
    return ohmctl_error_exit_of_dbus (error->code);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return OHMCTL_EXIT_NO_DAEMON;
  return OHMCTL_EXIT_FAILED;
}

void
ohmctl_error_set_unknown (GError **error,
                          OhmctlExit exit,
                          const char *what,
                          const char *word,
                          const char *const *known)
{
  const char *near = known != NULL ? ohm_suggest (word, known) : NULL;

  if (near != NULL)
    g_set_error (error, OHMCTL_ERROR, (int) exit, "no %s '%s'; did you mean '%s'?", what, word,
                 near);
  else
    g_set_error (error, OHMCTL_ERROR, (int) exit, "no %s '%s'", what, word);
}
