/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-server.h"

/* The first meter that has no serial number of its own. */
#define FIRST_SERIAL 41000001

struct _OhmSimServer
{
  OhmSimSite site;
  OhmSimProfiles *profiles;
  GHashTable *layouts; /* (element-type utf8 OhmSimLayout): by type */
  OhmSimShape *shapes[OHM_SIM_N_LOADS];
  GPtrArray *serials;   /* (element-type OhmSimSerial) */
  GPtrArray *endpoints; /* (element-type OhmSimEndpoint) */
  guint64 next_serial;
};

OhmSimServer *
ohm_sim_server_new (const OhmSimSite *site, OhmSimProfiles *profiles)
{
  OhmSimServer *self = g_new0 (OhmSimServer, 1);

  self->site = *site;
  g_object_ref (self->site.watcher);
  g_object_ref (self->site.host);
  self->profiles = profiles;
  self->layouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) ohm_sim_layout_free);
  self->serials = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_sim_serial_free);
  self->endpoints = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_sim_endpoint_free);
  self->next_serial = FIRST_SERIAL;
  return self;
}

void
ohm_sim_server_free (OhmSimServer *self)
{
  g_ptr_array_unref (self->serials);
  g_ptr_array_unref (self->endpoints);
  g_hash_table_unref (self->layouts);
  for (guint i = 0; i < OHM_SIM_N_LOADS; i++)
    g_clear_pointer (&self->shapes[i], ohm_sim_shape_free);
  g_object_unref (self->site.watcher);
  g_object_unref (self->site.host);
  g_free (self);
}

static const OhmSimLayout *
ohm_sim_server_get_layout (OhmSimServer *self, const char *type, GError **error)
{
  OhmSimLayout *layout = g_hash_table_lookup (self->layouts, type);
  OhmProfile *profile;

  if (layout != NULL)
    return layout;
  profile = ohm_sim_profiles_get (self->profiles, type, error);
  if (profile == NULL)
    return NULL;
  layout = ohm_sim_layout_new (profile);
  g_hash_table_insert (self->layouts, g_strdup (type), layout);
  return layout;
}

static const OhmSimShape *
ohm_sim_server_get_shape (OhmSimServer *self, OhmSimLoad load)
{
  if (self->shapes[load] == NULL)
    self->shapes[load] = ohm_sim_shape_new (load, self->site.seed);
  return self->shapes[load];
}

static guint64
ohm_sim_server_take_serials (OhmSimServer *self, const OhmSimSpec *spec, guint endpoint)
{
  guint64 serial = self->next_serial;
  guint n = 0;

  for (guint unit = 0; unit < 256; unit++)
    n += ohm_sim_units_has (&spec->units, (guint8) unit) ? 1 : 0;
  if (ohm_sim_units_is_all (&spec->units))
    n = 1;
  if (spec->serial != 0)
    return spec->serial + (guint64) endpoint * n;
  self->next_serial += n;
  return serial;
}

static OhmSimSerial *
ohm_sim_server_ensure_serial (OhmSimServer *self, const OhmSimSpec *spec)
{
  OhmSimSerial *serial;

  for (guint i = 0; i < self->serials->len; i++)
    {
      serial = g_ptr_array_index (self->serials, i);
      if (g_str_equal (ohm_sim_serial_get_path (serial), spec->line))
        return serial;
    }
  serial = ohm_sim_serial_new (self->site.watcher, spec->line);
  *ohm_sim_line_get_traits (ohm_sim_serial_get_line (serial)) = spec->traits;
  g_ptr_array_add (self->serials, serial);
  return serial;
}

/* Endpoints on lines have numbers from 1 up, where ports of TCP are not. */
static gboolean
ohm_sim_server_attach (OhmSimServer *self,
                       const OhmSimSpec *spec,
                       OhmSimEndpoint *endpoint,
                       GError **error)
{
  OhmSimSerial *serial = ohm_sim_server_ensure_serial (self, spec);
  guint16 number = 1;

  for (guint i = 0; i < self->endpoints->len; i++)
    if (ohm_sim_endpoint_get_line (g_ptr_array_index (self->endpoints, i)) != NULL)
      number++;
  ohm_sim_endpoint_set_number (endpoint, number, spec->line);
  ohm_sim_serial_add (serial, endpoint);
  return ohm_sim_serial_plug (serial, error);
}

OhmSimSerial *
ohm_sim_server_find_serial (OhmSimServer *self, const OhmSimEndpoint *endpoint)
{
  for (guint i = 0; i < self->serials->len; i++)
    if (ohm_sim_serial_has (g_ptr_array_index (self->serials, i), endpoint))
      return g_ptr_array_index (self->serials, i);
  return NULL;
}

static gboolean
ohm_sim_server_open (OhmSimServer *self,
                     const OhmSimSpec *spec,
                     OhmSimEndpoint *endpoint,
                     guint port,
                     GError **error)
{
  if (spec->line != NULL)
    return ohm_sim_server_attach (self, spec, endpoint, error);
  return ohm_sim_endpoint_listen (endpoint, (guint16) port, error);
}

gboolean
ohm_sim_server_add (OhmSimServer *self, const OhmSimSpec *spec, guint16 port, GError **error)
{
  const OhmSimLayout *layout = ohm_sim_server_get_layout (self, spec->type, error);
  const OhmSimShape *shape = ohm_sim_server_get_shape (self, spec->load);
  guint first = spec->port != 0 ? spec->port : port;

  if (layout == NULL)
    return FALSE;
  if (!layout->has_modules && g_hash_table_contains (spec->facts, "modules"))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "type '%s' has no modules", spec->type);
      return FALSE;
    }
  if (first != 0 && first + spec->count > 65536)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "ports past 65535");
      return FALSE;
    }
  for (guint i = 0; i < spec->count; i++)
    {
      g_autoptr (OhmSimEndpoint) endpoint = ohm_sim_endpoint_new (
        &self->site, spec, ohm_sim_server_take_serials (self, spec, i), layout, shape);

      if (!ohm_sim_server_open (self, spec, endpoint, first != 0 ? first + i : 0, error))
        return FALSE;
      g_ptr_array_add (self->endpoints, g_steal_pointer (&endpoint));
    }
  return TRUE;
}

GPtrArray *
ohm_sim_server_get_endpoints (OhmSimServer *self)
{
  return self->endpoints;
}
