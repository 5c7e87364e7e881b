/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whether what is asked of a serial line can fit at all. Only the line itself is counted, at its
 * baud rate: meters take time to answer, so that a line found full here is certainly full, while
 * one that is not may still be (`ohmctl link list` knows latencies).
 */

#include "ohm-check-load.h"

OhmPlan *
ohm_check_load_new_plan (OhmProfile *profile, OhmPluginHost *plugins)
{
  const char *family = ohm_profile_get_family (profile);
  GType type = family != NULL ? ohm_plugin_host_find_type (plugins, family, OHM_TYPE_METER)
                              : OHM_TYPE_METER;
  g_autoptr (OhmMeter) meter = NULL;

  if (type == G_TYPE_INVALID)
    return NULL;
  meter = ohm_meter_new (type, profile, /* facts */ NULL);
  return ohm_meter_plan (meter, /* error */ NULL);
}

/* Time on the line that one round of live values takes. */
static gint64
ohm_check_load_get_cycle_us (OhmTransport *transport, OhmProfile *profile, OhmPluginHost *plugins)
{
  const OhmLimits *limits = ohm_profile_get_limits (profile);
  g_autoptr (OhmPlan) plan = ohm_check_load_new_plan (profile, plugins);
  g_autoptr (OhmRequestList) list = NULL;
  const OhmMergeRules rules = {
    .registers_max = limits->registers_max,
    .function = limits->functions[0],
    .gap_max = ohm_merge_gap_cost (OHM_FRAMING_RTU, ohm_transport_get_baud (transport), 0),
    .holes = limits->holes,
    .n_holes = limits->n_holes,
  };
  gint64 sum_us = 0;

  if (plan == NULL)
    return 0;
  list = ohm_merge (plan, OHM_READ_LIVE, &rules);
  for (guint i = 0; i < list->n_requests; i++)
    {
      const OhmRequest request = {
        .unit = 1,
        .function = list->requests[i].function,
        .address = list->requests[i].address,
        .count = list->requests[i].count,
      };

      sum_us += ohm_transport_get_line_us (transport, &request);
    }
  return sum_us;
}

/* Share of the line's time that one meter asks for. */
static double
ohm_check_load_get_share (const OhmMeterConfig *meter,
                          OhmTransport *transport,
                          OhmPluginHost *plugins,
                          OhmProfileCatalog *profiles)
{
  OhmProfile *profile = ohm_profile_catalog_find (profiles,
                                                  ohm_settings_get_string (meter->settings,
                                                                           "type"));
  gint64 period_us = ohm_settings_get_duration_us (meter->settings, "poll");

  if (profile == NULL || !ohm_meter_config_is_enabled (meter))
    return 0;
  return (double) ohm_check_load_get_cycle_us (transport, profile, plugins) /
         (double) MAX (period_us, 1);
}

static void
ohm_check_load_link (OhmConfig *config,
                     const OhmLinkConfig *link,
                     OhmPluginHost *plugins,
                     OhmProfileCatalog *profiles,
                     GStrvBuilder *findings)
{
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (0, 0);
  g_autoptr (OhmWatcher) watcher = ohm_watcher_new (clock, /* context */ NULL);
  g_autoptr (OhmTransport) transport = ohm_transport_new (link->transport_type, link->settings,
                                                          watcher);
  g_autofree char *line = NULL;
  double share = 0;

  if (ohm_transport_get_baud (transport) == 0)
    return;
  for (guint i = 0; i < config->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);

      if (meter->settings != NULL && g_strcmp0 (meter->link, link->id) == 0)
        share += ohm_check_load_get_share (meter, transport, plugins, profiles);
    }
  if (share <= 1)
    return;
  line = g_strdup_printf ("link '%s': its meters ask for %.0f %% of the time of the line at %u "
                          "baud; poll less often, raise the baud rate or use more lines",
                          link->id, 100 * share, ohm_transport_get_baud (transport));
  g_strv_builder_add (findings, line);
}

void
ohm_check_load (OhmConfig *config,
                OhmPluginHost *plugins,
                OhmProfileCatalog *profiles,
                GStrvBuilder *findings)
{
  for (guint i = 0; i < config->links->len; i++)
    ohm_check_load_link (config, g_ptr_array_index (config->links, i), plugins, profiles, findings);
}
