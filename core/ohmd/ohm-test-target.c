/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-target.h"

#include <string.h>

/* The transports that a bare HOST[:PORT] and a serial port mean. */
#define NET_TRANSPORT    "modbus-tcp"
#define SERIAL_TRANSPORT "modbus-rtu"

void
ohm_test_target_clear (OhmTestTarget *self)
{
  g_clear_object (&self->host);
  g_clear_object (&self->link);
}

/* Splits `HOST[:PORT][/UNIT]` and `[V6]:PORT`. */
static void
ohm_test_target_split (const char *text, char **ret_host, char **ret_port, int *unit)
{
  g_autofree char *address = g_strdup (text);
  char *slash = strrchr (address, '/');
  char *colon;
  guint64 number;

  if (slash != NULL && slash[1] != '\0' &&
      g_ascii_string_to_unsigned (slash + 1, 10, 0, 255, &number, NULL))
    {
      *unit = (int) number;
      *slash = '\0';
    }
  colon = strrchr (address, ':');
  if (colon != NULL && (address[0] == '[' ? colon[-1] == ']' : strchr (address, ':') == colon))
    {
      *ret_port = g_strdup (colon + 1);
      *colon = '\0';
    }
  if (address[0] == '[' && g_str_has_suffix (address, "]"))
    *ret_host = g_strndup (address + 1, strlen (address) - 2);
  else
    *ret_host = g_strdup (address);
}

/* (transfer full): the address as a person would write it into a file */
static char *
ohm_test_target_dup_keys (const char *text, int *unit)
{
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  if (text[0] == '/')
    return g_strdup_printf ("[link]\ndevice=%s\n", text);
  ohm_test_target_split (text, &host, &port, unit);
  if (port == NULL)
    return g_strdup_printf ("[link]\nhost=%s\n", host);
  return g_strdup_printf ("[link]\nhost=%s\nport=%s\n", host, port);
}

static OhmSettings *
ohm_test_target_make_settings (GType type, const char *text, int *unit, GError **error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);
  const OhmSettingSpec *tables[] = { OHM_TRANSPORT_CLASS (klass)->settings_table, NULL };
  g_autofree char *keys = ohm_test_target_dup_keys (text, unit);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("target", keys, strlen (keys), error);

  return keyfile != NULL ? ohm_settings_new (keyfile, "link", tables, error) : NULL;
}

/* (nullable): the link of the site that leads there, with whatever framing it has */
static OhmLink *
ohm_test_target_find_link (OhmSite *site, const char *transport, GType type, const char *address)
{
  GPtrArray *links = ohm_site_get_links (site);

  for (guint i = 0; i < links->len; i++)
    {
      OhmLink *link = g_ptr_array_index (links, i);
      g_autofree char *other = NULL;

      if (!g_str_equal (ohm_link_get_transport_id (link), transport))
        continue;
      other = ohm_config_dup_address (type, ohm_link_get_settings (link));
      if (g_str_equal (other, address))
        return link;
    }
  return NULL;
}

/* Of a link that ends with the test nobody else hears: it has a bus of its own. */
static OhmLink *
ohm_test_target_make_link (OhmSite *site, OhmLinkConfig *config)
{
  g_autoptr (OhmBus) bus = ohm_bus_new ();

  return ohm_link_new (config, ohm_site_get_watcher (site), bus);
}

static gboolean
ohm_test_target_open_address (OhmSite *site,
                              const char *text,
                              OhmTestTarget *target,
                              GError **error)
{
  const char *transport = text[0] == '/' ? SERIAL_TRANSPORT : NET_TRANSPORT;
  GType type = ohm_plugin_host_find_type (ohm_site_get_plugins (site), transport,
                                          OHM_TYPE_TRANSPORT);
  g_autoptr (OhmSettings) settings = NULL;
  g_autofree char *name = g_strdup (transport);
  g_autofree char *address = NULL;
  OhmLink *link;

  if (type == G_TYPE_INVALID)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "the transport '%s' is not loaded",
                   transport);
      return FALSE;
    }
  settings = ohm_test_target_make_settings (type, text, &target->unit, error);
  if (settings == NULL)
    return FALSE;
  address = ohm_config_dup_address (type, settings);
  link = ohm_test_target_find_link (site, transport, type, address);
  target->is_own_link = link == NULL;
  if (link != NULL)
    {
      target->link = g_object_ref (link);
    }
  else
    {
      OhmLinkConfig config = { address, name, type, settings, /* file */ NULL };

      target->link = ohm_test_target_make_link (site, &config);
    }
  return TRUE;
}

gboolean
ohm_test_target_open (OhmSite *site, const char *text, OhmTestTarget *ret_target, GError **error)
{
  OhmMeterHost *host = ohm_site_find_meter (site, text);
  OhmTestTarget target = { .unit = -1 };

  if (host == NULL)
    {
      if (!ohm_test_target_open_address (site, text, &target, error))
        return FALSE;
      *ret_target = target;
      return TRUE;
    }
  if (ohm_meter_host_get_link (host) == NULL)
    {
      const char *reason = ohm_meter_host_get_config (host)->reason;

      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s",
                   reason != NULL ? reason : "its link is not configured");
      return FALSE;
    }
  target.host = g_object_ref (host);
  target.link = g_object_ref (ohm_meter_host_get_link (host));
  target.unit = ohm_meter_host_get_unit (host);
  *ret_target = target;
  return TRUE;
}
