/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-error.h"

#include "ohm-message-private.h"
#include "ohm-names.h"

#define OHM_ERROR_DOMAIN "ohm-error-quark"

static const GDBusErrorEntry entries[] = {
  { OHM_ERROR_FAILED, OHM_DBUS_ERROR_PREFIX "Failed" },
  { OHM_ERROR_CONFIG, OHM_DBUS_ERROR_PREFIX "Config" },
  { OHM_ERROR_PROFILE, OHM_DBUS_ERROR_PREFIX "Profile" },
  { OHM_ERROR_PLUGIN, OHM_DBUS_ERROR_PREFIX "Plugin" },
  { OHM_ERROR_ABI, OHM_DBUS_ERROR_PREFIX "Abi" },
  { OHM_ERROR_NOT_FOUND, OHM_DBUS_ERROR_PREFIX "NotFound" },
  { OHM_ERROR_EXISTS, OHM_DBUS_ERROR_PREFIX "Exists" },
  { OHM_ERROR_BUSY, OHM_DBUS_ERROR_PREFIX "Busy" },
  { OHM_ERROR_NOT_SUPPORTED, OHM_DBUS_ERROR_PREFIX "NotSupported" },
  { OHM_ERROR_LINK, OHM_DBUS_ERROR_PREFIX "Link" },
  { OHM_ERROR_TIMEOUT, OHM_DBUS_ERROR_PREFIX "Timeout" },
  { OHM_ERROR_PROTOCOL, OHM_DBUS_ERROR_PREFIX "Protocol" },
  { OHM_ERROR_DEVICE, OHM_DBUS_ERROR_PREFIX "Device" },
  { OHM_ERROR_STORE, OHM_DBUS_ERROR_PREFIX "Store" },
  { OHM_ERROR_SECRET, OHM_DBUS_ERROR_PREFIX "Secret" },
};

GQuark
ohm_error_quark (void)
{
  static gsize is_extended = 0;
  static gsize quark = 0;

  G_STATIC_ASSERT (G_N_ELEMENTS (entries) == OHM_ERROR_LAST + 1);
  if (g_once_init_enter (&is_extended))
    {
      ohm_message_extend_error_domain (OHM_ERROR_DOMAIN);
      g_once_init_leave (&is_extended, 1);
    }
  g_dbus_error_register_error_domain (OHM_ERROR_DOMAIN, &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark) quark;
}

gboolean
ohm_error_is_transient (const GError *error)
{
  return g_error_matches (error, OHM_ERROR, OHM_ERROR_LINK) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_PROTOCOL) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY);
}

gboolean
ohm_error_is_config (const GError *error)
{
  return g_error_matches (error, OHM_ERROR, OHM_ERROR_CONFIG) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_PROFILE) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_PLUGIN) ||
         g_error_matches (error, OHM_ERROR, OHM_ERROR_ABI);
}

gboolean
ohm_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

gboolean
ohm_error_is_not_found (const GError *error)
{
  return g_error_matches (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}
