/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-target.h"

#include <string.h>

/* The transports that a bare HOST[:PORT] and a serial port mean. */
#define NET_TRANSPORT    "modbus-tcp"
#define SERIAL_TRANSPORT "modbus-rtu"

/* Modbus TCP; then a cheap converter that passes on the frames of a serial line as they are. */
static const char *const net_ways[] = { "", "framing=rtu", NULL };

/* What meters come with, the most frequent first. Janitza: 115200 8N1 (UMG 96RM, Modbus address
 * list); Modbus over serial line V1.02, 2.5.1: 19200 8E1; others' manuals: 9600 8N1, 2400 8N1. A
 * meter that takes longer than the time-out to answer is not found, but nor is much time lost. */
static const char *const serial_ways[] = {
  "",
  "baud=19200",
  "baud=19200 parity=even",
  "baud=115200",
  "baud=38400",
  "baud=9600 parity=even",
  "baud=57600",
  "baud=2400",
  "baud=4800",
  NULL,
};
#define SERIAL_TEST_KEYS "timeout=500ms\n"

void
ohm_test_target_clear (OhmTestTarget *self)
{
  g_clear_pointer (&self->keys, g_free);
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

/* @way: keys besides the address */
static OhmSettings *
ohm_test_target_make_settings (const OhmTestTarget *self, const char *way, GError **error)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (self->type);
  const OhmSettingSpec *tables[] = { OHM_TRANSPORT_CLASS (klass)->settings_table, NULL };
  const char *more = self->ways == serial_ways ? SERIAL_TEST_KEYS : "";
  g_autofree char *lines = g_strdelimit (g_strdup (way), " ", '\n');
  g_autofree char *text = g_strconcat (self->keys, more, lines, "\n", NULL);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("target", text, strlen (text), error);

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

/* There is no file to be corrected: what is wrong stands in what was typed. */
static void
ohm_test_target_set_wrong (const char *address, const GError *cause, GError **error)
{
  const char *group = strstr (cause->message, "[link] ");
  const char *text = group != NULL ? group + strlen ("[link] ") : cause->message;

  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new ("address-wrong", "address", address, "text", text, NULL),
                         "'%s' is no address: %s", address, text);
}

/* Of a link that ends with the test nobody else hears: it has a bus of its own. */
static OhmLink *
ohm_test_target_make_link (const OhmTestTarget *self, OhmSite *site, OhmSettings *settings)
{
  g_autoptr (OhmBus) bus = ohm_bus_new ();
  g_autofree char *address = ohm_config_dup_address (self->type, settings);
  g_autofree char *name = g_strdup (self->transport);
  OhmLinkConfig config = {
    .id = address,
    .transport = name,
    .transport_type = self->type,
    .settings = settings,
    .is_trial = TRUE,
  };

  return ohm_link_new (&config, ohm_site_get_watcher (site), bus);
}

static gboolean
ohm_test_target_open_address (OhmSite *site,
                              const char *text,
                              OhmTestTarget *target,
                              GError **error)
{
  gboolean is_serial = text[0] == '/';
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (GError) wrong = NULL;
  g_autofree char *address = NULL;
  OhmLink *link;

  target->transport = is_serial ? SERIAL_TRANSPORT : NET_TRANSPORT;
  target->ways = is_serial ? serial_ways : net_ways;
  target->type = ohm_plugin_host_find_type (ohm_site_get_plugins (site), target->transport,
                                            OHM_TYPE_TRANSPORT);
  if (target->type == G_TYPE_INVALID)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "the transport '%s' is not loaded",
                   target->transport);
      return FALSE;
    }
  target->keys = ohm_test_target_dup_keys (text, &target->unit);
  settings = ohm_test_target_make_settings (target, target->ways[0], &wrong);
  if (settings == NULL)
    {
      ohm_test_target_set_wrong (text, wrong, error);
      return FALSE;
    }
  address = ohm_config_dup_address (target->type, settings);
  link = ohm_test_target_find_link (site, target->transport, target->type, address);
  target->is_own_link = link == NULL;
  target->link = link != NULL ? g_object_ref (link)
                              : ohm_test_target_make_link (target, site, settings);
  return TRUE;
}

gboolean
ohm_test_target_has_next_way (const OhmTestTarget *self, const GError *error)
{
  static const char *const codes[] = { "rtu-over-tcp", "line-disturbed", "line-noisy", NULL };
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);
  const char *code = ohm_message_get_code (message);

  /* A gateway that says why it has no answer was spoken to the right way. */
  return self->is_own_link && !g_str_has_prefix (code, "gateway-") &&
         self->ways[self->way + 1] != NULL &&
         (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) || g_strv_contains (codes, code));
}

void
ohm_test_target_take_next_way (OhmTestTarget *self, OhmSite *site)
{
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  settings = ohm_test_target_make_settings (self, self->ways[++self->way], &error);
  g_return_if_fail (settings != NULL);
  g_clear_object (&self->link);
  self->link = ohm_test_target_make_link (self, site, settings);
}

gboolean
ohm_test_target_take_framing (OhmTestTarget *self,
                              OhmSite *site,
                              const char *framing,
                              GError **error)
{
  g_autofree char *way = g_strconcat ("framing=", framing, NULL);
  g_autoptr (OhmSettings) settings = NULL;

  if (!self->is_own_link || self->ways != net_ways)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                   "link '%s' has its framing: only a host that no link leads to is asked with one",
                   ohm_link_get_id (self->link));
      return FALSE;
    }
  settings = ohm_test_target_make_settings (self, way, error);
  if (settings == NULL)
    return FALSE;
  g_clear_object (&self->link);
  self->link = ohm_test_target_make_link (self, site, settings);
  return TRUE;
}

const char *
ohm_test_target_get_settings (const OhmTestTarget *self)
{
  return self->is_own_link ? self->ways[self->way] : "";
}

OhmMessage *
ohm_test_target_explain (const OhmTestTarget *self, const GError *error)
{
  if (self->is_own_link && self->ways == serial_ways && self->way > 0)
    return ohm_message_new ("line-mute", "device", ohm_link_get_id (self->link), NULL);
  return ohm_message_new_from_error (error);
}

gboolean
ohm_test_target_open (OhmSite *site, const char *text, OhmTestTarget *ret_target, GError **error)
{
  OhmMeterHost *host = ohm_site_find_meter (site, text);
  OhmTestTarget target = { .unit = -1 };

  if (host == NULL)
    {
      if (!ohm_test_target_open_address (site, text, &target, error))
        {
          ohm_test_target_clear (&target);
          return FALSE;
        }
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
