/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include <ohm.h>

G_BEGIN_DECLS

/* The daemon on D-Bus: what adapters are given to find the core's objects (ohm-dbus.h). */
typedef struct _OhmDbus OhmDbus;

/**
 * OhmDbusProperty:
 * @name: a property of the interface
 * @get: (transfer floating): its value; the type is the interface's
 */
typedef struct
{
  const char *name;
  GVariant *(*get) (OhmDbus *dbus, gpointer object);
} OhmDbusProperty;

/**
 * OhmDbusMethod:
 * @name: a method of the interface
 * @call: answers @invocation (transfer full), at once or later; its arguments have the right
 *   types, its caller may call it. @object is valid during the call only
 */
typedef struct
{
  const char *name;
  void (*call) (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);
} OhmDbusMethod;

/**
 * OhmDbusAdapter:
 * @info: the interface, generated from data/dbus
 * @properties: (array zero-terminated=1): all its properties
 * @methods: (array zero-terminated=1): all its methods
 * @collection: (nullable): path below the root that its objects live at: `meters`; %NULL for an
 *   interface of the root object
 * @find: (nullable): the object of an id, or %NULL; without it the object is @dbus itself
 * @list: (nullable): appends the ids of all objects, newly allocated
 *
 * One interface: how it asks the core's objects, which know nothing of it.
 */
typedef struct
{
  const GDBusInterfaceInfo *info;
  const OhmDbusProperty *properties;
  const OhmDbusMethod *methods;
  const char *collection;
  gpointer (*find) (OhmDbus *dbus, const char *id);
  void (*list) (OhmDbus *dbus, GPtrArray *ids);
} OhmDbusAdapter;

/* Who may call a method: annotation org.ohmnibus.Ohmnibus1.Tier of the interface. */
typedef enum
{
  OHM_DBUS_TIER_VIEW,
  OHM_DBUS_TIER_OPERATE,
  OHM_DBUS_TIER_CONFIGURE,
} OhmDbusTier;

#define OHM_DBUS_N_TIERS 3

/* The tier of a method; configure, the narrowest, if the interface says nothing. */
OhmDbusTier ohm_dbus_adapter_get_tier (const OhmDbusAdapter *self, const char *method);
const char *ohm_dbus_tier_to_string (OhmDbusTier tier);

/**
 * ohm_dbus_adapter_check:
 * @self: an adapter
 * @error: %OHM_ERROR_FAILED naming what is missing or too much
 *
 * Compares the tables with the interface, for tests.
 *
 * Returns: %TRUE if they have the same members, and each method has a tier
 */
gboolean ohm_dbus_adapter_check (const OhmDbusAdapter *self, GError **error);

/* (nullable): NULL if the adapter has none of that name */
const OhmDbusProperty *ohm_dbus_adapter_find_property (const OhmDbusAdapter *self,
                                                       const char *name);
const OhmDbusMethod *ohm_dbus_adapter_find_method (const OhmDbusAdapter *self, const char *name);

G_END_DECLS
