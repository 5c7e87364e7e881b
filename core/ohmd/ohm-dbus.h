/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clocks.h"
#include "ohm-dbus-adapter.h"
#include "ohm-dbus-query.h"
#include "ohm-dbus-watches.h"
#include "ohm-follow.h"
#include "ohm-job.h"
#include "ohm-places.h"
#include "ohm-recorder.h"
#include "ohm-site.h"
#include "ohm-store.h"
#include "ohm-uplinks.h"

G_BEGIN_DECLS

#define OHM_TYPE_DBUS (ohm_dbus_get_type ())

/* The daemon on D-Bus (design 4.9, data/dbus): connects, exports the core's objects through one
 * adapter per interface, owns the name. The core knows nothing of it. Main thread. */
G_DECLARE_FINAL_TYPE (OhmDbus, ohm_dbus, OHM, DBUS, GObject)

/**
 * OhmDbusParts:
 * @site: meters, links, plugins, profiles, alarms, configuration
 * @jobs: long work
 * @store: the database
 * @places: places and their runs
 * @recorder: (nullable): tells whether slots are opened
 * @clocks: the meters' own clocks
 * @follow: meters that are elsewhere; outlives it
 * @uplinks: deliveries to other systems
 * @state_dir: as the daemon was started with
 * @plugin_dirs: (array zero-terminated=1): likewise
 */
typedef struct
{
  OhmSite *site;
  OhmJobs *jobs;
  OhmStore *store;
  OhmPlaces *places;
  OhmRecorder *recorder;
  OhmClocks *clocks;
  OhmFollow *follow;
  OhmUplinks *uplinks;
  const char *state_dir;
  const char *const *plugin_dirs;
} OhmDbusParts;

OhmDbus *ohm_dbus_new (const OhmDbusParts *parts);

typedef enum
{
  OHM_DBUS_SYSTEM,
  OHM_DBUS_SESSION,
  OHM_DBUS_ADDRESS,
} OhmDbusBus;

/**
 * ohm_dbus_start_async:
 * @self: the daemon on D-Bus
 * @bus: which bus
 * @address: (nullable): its address for %OHM_DBUS_ADDRESS
 * @callback: called once the name is owned, which is not asked for before the configuration is
 *   loaded: who sees the name sees all objects
 *
 * A bus that goes away later is looked for every two seconds: the daemon measures without it.
 */
void ohm_dbus_start_async (OhmDbus *self,
                           OhmDbusBus bus,
                           const char *address,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* %OHM_ERROR_EXISTS if another daemon has the name, %OHM_ERROR_FAILED if there is no such bus. */
gboolean ohm_dbus_start_finish (OhmDbus *self, GAsyncResult *result, GError **error);

/* Leaves the bus; calls that are still worked on are answered with an error. */
void ohm_dbus_stop (OhmDbus *self);

const OhmDbusParts *ohm_dbus_get_parts (OhmDbus *self);

/* (array zero-terminated=1): one per interface */
const OhmDbusAdapter *const *ohm_dbus_get_adapters (void);

/* For adapters: the watches of the present connection. */
OhmDbusWatches *ohm_dbus_get_watches (OhmDbus *self);

/* For adapters: what is asked of the store on the present connection. */
OhmDbusQueries *ohm_dbus_get_queries (OhmDbus *self);

/* For adapters: answers with nothing, once all that was written before is committed. */
void ohm_dbus_return_kept (OhmDbus *self, GDBusMethodInvocation *invocation);

/* When the daemon came to life, UTC. */
gint64 ohm_dbus_get_started_us (OhmDbus *self);

G_END_DECLS
