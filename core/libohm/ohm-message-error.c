/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <errno.h>
#include <gio/gio.h>

#include "ohm-message-private.h"

/* What every error of our domain carries in front of its GError. */
typedef struct
{
  OhmMessage *message; /* (owned) (nullable) */
} OhmErrorPrivate;

/* As G_DEFINE_EXTENDED_ERROR() does it; the macro itself would define the quark function, which
 * has to register with D-Bus as well. */
static OhmErrorPrivate *
ohm_message_get_error_private (const GError *error)
{
  const gsize alignment = 2 * sizeof (gsize);
  const gsize size = (sizeof (OhmErrorPrivate) + (alignment - 1)) & -alignment;

  return (OhmErrorPrivate *) ((guintptr) error - size);
}

static void
ohm_message_init_error (GError *error)
{
  ohm_message_get_error_private (error)->message = NULL;
}

static void
ohm_message_copy_error (const GError *source, GError *target)
{
  OhmMessage *message = ohm_message_get_error_private (source)->message;

  if (message != NULL)
    ohm_message_get_error_private (target)->message = ohm_message_ref (message);
}

static void
ohm_message_clear_error (GError *error)
{
  g_clear_pointer (&ohm_message_get_error_private (error)->message, ohm_message_unref);
}

void
ohm_message_extend_error_domain (const char *name)
{
  g_error_domain_register_static (name, sizeof (OhmErrorPrivate), ohm_message_init_error,
                                  ohm_message_copy_error, ohm_message_clear_error);
}

void
ohm_message_set_error (GError **error, OhmError code, OhmMessage *message, const char *format, ...)
{
  g_autoptr (OhmMessage) owned = message;
  va_list list;

  g_return_if_fail (message != NULL && format != NULL);
  g_return_if_fail (error == NULL || *error == NULL);

  if (error == NULL)
    return;
  va_start (list, format);
  *error = g_error_new_valist (OHM_ERROR, (int) code, format, list);
  va_end (list);
  ohm_message_get_error_private (*error)->message = g_steal_pointer (&owned);
}

static const char *
ohm_message_code_of_errno (int code)
{
  switch (code)
    {
    case ECONNREFUSED:
      return "connection-refused";
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
      return "no-route";
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
      return "connection-closed";
    case ETIMEDOUT:
      return "no-answer";
    default:
      return "link-down";
    }
}

void
ohm_message_set_error_errno (GError **error, const char *peer, int code)
{
  const char *text = g_strerror (code);

  g_return_if_fail (peer != NULL);

  ohm_message_set_error (error, code == ETIMEDOUT ? OHM_ERROR_TIMEOUT : OHM_ERROR_LINK,
                         ohm_message_new (ohm_message_code_of_errno (code), "peer", peer, "text",
                                          text, NULL),
                         "%s: %s", peer, text);
}

static const char *
ohm_message_code_of_ohm_error (int code)
{
  static const char *const codes[] = {
    [OHM_ERROR_FAILED] = "failed",
    [OHM_ERROR_CONFIG] = "misconfigured",
    [OHM_ERROR_PROFILE] = "profile-refused",
    [OHM_ERROR_PLUGIN] = "plugin-refused",
    [OHM_ERROR_ABI] = "plugin-refused",
    [OHM_ERROR_NOT_FOUND] = "not-found",
    [OHM_ERROR_EXISTS] = "exists",
    [OHM_ERROR_BUSY] = "busy",
    [OHM_ERROR_NOT_SUPPORTED] = "not-supported",
    [OHM_ERROR_LINK] = "link-down",
    [OHM_ERROR_TIMEOUT] = "timeout",
    [OHM_ERROR_PROTOCOL] = "protocol-error",
    [OHM_ERROR_DEVICE] = "device-refused",
    [OHM_ERROR_STORE] = "store-failed",
    [OHM_ERROR_SECRET] = "secret-failed",
  };

  if (code < 0 || code >= (int) G_N_ELEMENTS (codes))
    return "failed";
  return codes[code];
}

static const char *
ohm_message_code_of_io_error (const GError *error)
{
  static const struct
  {
    int code;
    const char *message;
  } codes[] = {
    { G_IO_ERROR_CANCELLED, "cancelled" },
    { G_IO_ERROR_TIMED_OUT, "no-answer" },
    { G_IO_ERROR_CONNECTION_REFUSED, "connection-refused" },
    { G_IO_ERROR_CONNECTION_CLOSED, "connection-closed" },
    { G_IO_ERROR_HOST_UNREACHABLE, "no-route" },
    { G_IO_ERROR_NETWORK_UNREACHABLE, "no-route" },
    { G_IO_ERROR_HOST_NOT_FOUND, "host-unknown" },
    { G_IO_ERROR_NO_SPACE, "store-full" },
    { G_IO_ERROR_NOT_FOUND, "not-found" },
    { G_IO_ERROR_EXISTS, "exists" },
    { G_IO_ERROR_NOT_SUPPORTED, "not-supported" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    if (error->code == codes[i].code)
      return codes[i].message;
  return "failed";
}

OhmMessage *
ohm_message_new_from_error (const GError *error)
{
  const char *code = "failed";

  g_return_val_if_fail (error != NULL, NULL);

  if (error->domain == OHM_ERROR)
    {
      OhmMessage *message = ohm_message_get_error_private (error)->message;

      if (message != NULL)
        return ohm_message_ref (message);
      code = ohm_message_code_of_ohm_error (error->code);
    }
  else if (error->domain == G_IO_ERROR)
    code = ohm_message_code_of_io_error (error);
  else if (error->domain == G_RESOLVER_ERROR)
    code = "host-unknown";
  return ohm_message_new (code, "text", error->message, NULL);
}
