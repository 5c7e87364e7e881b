/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-adapter.h"

#include <string.h>

#define OHM_DBUS_TIER_ANNOTATION OHM_DBUS_NAME ".Tier"

static const char *const ohm_dbus_tiers[OHM_DBUS_N_TIERS] = { "view", "operate", "configure" };

const char *
ohm_dbus_tier_to_string (OhmDbusTier tier)
{
  g_return_val_if_fail ((guint) tier < OHM_DBUS_N_TIERS, NULL);
  return ohm_dbus_tiers[tier];
}

static const GDBusMethodInfo *
ohm_dbus_adapter_lookup_method (const OhmDbusAdapter *self, const char *name)
{
  for (guint i = 0; self->info->methods != NULL && self->info->methods[i] != NULL; i++)
    if (strcmp (self->info->methods[i]->name, name) == 0)
      return self->info->methods[i];
  return NULL;
}

static gboolean
ohm_dbus_adapter_lookup_tier (const OhmDbusAdapter *self, const char *method, OhmDbusTier *ret_tier)
{
  const GDBusMethodInfo *info = ohm_dbus_adapter_lookup_method (self, method);
  const char *name = NULL;

  if (info != NULL && info->annotations != NULL)
    name = g_dbus_annotation_info_lookup (info->annotations, OHM_DBUS_TIER_ANNOTATION);
  for (guint i = 0; name != NULL && i < OHM_DBUS_N_TIERS; i++)
    if (strcmp (ohm_dbus_tiers[i], name) == 0)
      {
        *ret_tier = (OhmDbusTier) i;
        return TRUE;
      }
  return FALSE;
}

OhmDbusTier
ohm_dbus_adapter_get_tier (const OhmDbusAdapter *self, const char *method)
{
  OhmDbusTier tier = OHM_DBUS_TIER_CONFIGURE;

  g_return_val_if_fail (self != NULL && method != NULL, OHM_DBUS_TIER_CONFIGURE);

  ohm_dbus_adapter_lookup_tier (self, method, &tier);
  return tier;
}

const OhmDbusProperty *
ohm_dbus_adapter_find_property (const OhmDbusAdapter *self, const char *name)
{
  for (const OhmDbusProperty *row = self->properties; row != NULL && row->name != NULL; row++)
    if (strcmp (row->name, name) == 0)
      return row;
  return NULL;
}

const OhmDbusMethod *
ohm_dbus_adapter_find_method (const OhmDbusAdapter *self, const char *name)
{
  for (const OhmDbusMethod *row = self->methods; row != NULL && row->name != NULL; row++)
    if (strcmp (row->name, name) == 0)
      return row;
  return NULL;
}

static gboolean
ohm_dbus_adapter_check_properties (const OhmDbusAdapter *self, GError **error)
{
  guint n_declared = 0;
  guint n_rows = 0;

  for (; self->info->properties != NULL && self->info->properties[n_declared] != NULL; n_declared++)
    if (ohm_dbus_adapter_find_property (self, self->info->properties[n_declared]->name) == NULL)
      {
        g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "%s: property %s is missing",
                     self->info->name, self->info->properties[n_declared]->name);
        return FALSE;
      }
  while (self->properties != NULL && self->properties[n_rows].name != NULL)
    n_rows++;
  if (n_rows != n_declared)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "%s: %u properties, %u declared",
                   self->info->name, n_rows, n_declared);
      return FALSE;
    }
  return TRUE;
}

gboolean
ohm_dbus_adapter_check (const OhmDbusAdapter *self, GError **error)
{
  OhmDbusTier tier = OHM_DBUS_TIER_CONFIGURE;
  guint n_declared = 0;
  guint n_rows = 0;

  for (; self->info->methods != NULL && self->info->methods[n_declared] != NULL; n_declared++)
    {
      const char *name = self->info->methods[n_declared]->name;

      if (ohm_dbus_adapter_find_method (self, name) == NULL ||
          !ohm_dbus_adapter_lookup_tier (self, name, &tier))
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "%s: method %s or its tier is missing",
                       self->info->name, name);
          return FALSE;
        }
    }
  while (self->methods != NULL && self->methods[n_rows].name != NULL)
    n_rows++;
  if (n_rows != n_declared)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "%s: %u methods, %u declared",
                   self->info->name, n_rows, n_declared);
      return FALSE;
    }
  return ohm_dbus_adapter_check_properties (self, error);
}
