/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What others may see of a link, and how busy it is. */

#include "ohm-link-private.h"

#define MS G_GINT64_CONSTANT (1000)

static void
ohm_link_turn_load (OhmLink *self, gint64 second)
{
  if (second - self->busy_second > OHM_LINK_LOAD_SLOTS)
    self->busy_second = second - OHM_LINK_LOAD_SLOTS;
  while (self->busy_second < second)
    self->busy_us[++self->busy_second % OHM_LINK_LOAD_SLOTS] = 0;
}

void
ohm_link_count_busy (OhmLink *self, gint64 from_us, gint64 to_us)
{
  ohm_link_turn_load (self, to_us / G_USEC_PER_SEC);
  self->busy_us[self->busy_second % OHM_LINK_LOAD_SLOTS] += to_us - from_us;
}

gint64
ohm_link_get_connect_us (OhmLink *self)
{
  return self->connect_us;
}

double
ohm_link_get_load (OhmLink *self)
{
  gint64 sum_us = 0;

  ohm_link_turn_load (self, ohm_link_now (self) / G_USEC_PER_SEC);
  for (guint i = 1; i < OHM_LINK_LOAD_SLOTS; i++)
    sum_us += self->busy_us[(self->busy_second + i) % OHM_LINK_LOAD_SLOTS];
  return MIN (1.0, (double) sum_us / (OHM_LINK_LOAD_SECONDS * G_USEC_PER_SEC));
}

void
ohm_link_calm_down (OhmLink *self)
{
  if (self->state.code == OHM_STATE_OVERLOADED &&
      ohm_link_now (self) - self->missed_us > OHM_LINK_LOAD_SECONDS * G_USEC_PER_SEC)
    ohm_link_set_state (self, OHM_STATE_UP, /* cause */ NULL);
}

gint64
ohm_link_estimate_us (OhmLink *self, const OhmRequest *request)
{
  const OhmUnit *unit = ohm_link_find_unit (self, request->unit);
  gint64 line_us = ohm_transport_get_line_us (self->transport, request);

  if (unit != NULL && unit->latency_us > 0)
    return line_us + unit->latency_us;
  return line_us + (self->worst_latency_us > 0 ? self->worst_latency_us : 20 * MS);
}

guint
ohm_link_get_gap_max (OhmLink *self)
{
  guint baud = ohm_transport_get_baud (self->transport);

  return ohm_merge_gap_cost (baud > 0 ? OHM_FRAMING_RTU : OHM_FRAMING_TCP, baud,
                             self->worst_latency_us);
}

gboolean
ohm_link_get_unit_stats (OhmLink *self, guint8 unit, OhmUnitStats *ret_stats)
{
  const OhmUnit *entry = ohm_link_find_unit (self, unit);

  if (entry == NULL)
    return FALSE;
  ohm_unit_get_stats (entry, ret_stats);
  return TRUE;
}

GArray *
ohm_link_list_units (OhmLink *self)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (OhmUnitStats));

  for (guint i = 0; i < self->units->len; i++)
    {
      const OhmUnit *unit = g_ptr_array_index (self->units, i);
      OhmUnitStats stats;

      if (unit->n_users == 0)
        continue;
      ohm_unit_get_stats (unit, &stats);
      g_array_append_val (list, stats);
    }
  return list;
}

void
ohm_link_set_planned_func (OhmLink *self, OhmLinkPlannedFunc func, gpointer user_data)
{
  g_return_if_fail (OHM_IS_LINK (self));

  self->planned = func;
  self->planned_data = user_data;
}

double
ohm_link_get_planned_load (OhmLink *self)
{
  g_return_val_if_fail (OHM_IS_LINK (self), 0);

  return self->planned != NULL ? self->planned (self, self->planned_data) : 0;
}

guint64
ohm_link_get_missed (OhmLink *self)
{
  return self->missed;
}

/* (transfer full): what is asked of it if that cannot be done, as `link list` says it; otherwise
 * what it does beside that: then it is no use to poll less often by a little. */
static OhmMessage *
ohm_link_new_overload (OhmLink *self)
{
  double planned = ohm_link_get_planned_load (self);
  gboolean is_planned = planned >= 1;
  g_autofree char *share = g_strdup_printf ("%.0f %%",
                                            100 *
                                              (is_planned ? planned : ohm_link_get_load (self)));

  return ohm_message_new ("overloaded", is_planned ? "share" : "busy", share, NULL);
}

/* What is asked of it changes with its schedule only; how busy it is, all the time. */
static gboolean
ohm_link_is_overload_told (OhmLink *self, OhmMessage *cause)
{
  return self->state.code == OHM_STATE_OVERLOADED &&
         g_strcmp0 (ohm_message_get_argument (self->state.cause, "share"),
                    ohm_message_get_argument (cause, "share")) == 0;
}

void
ohm_link_count_missed (OhmLink *self)
{
  g_autoptr (OhmMessage) cause = NULL;

  self->missed++;
  self->missed_us = ohm_link_now (self);
  if ((self->state.code != OHM_STATE_UP && self->state.code != OHM_STATE_OVERLOADED) ||
      ohm_link_get_load (self) < 0.9)
    return;
  cause = ohm_link_new_overload (self);
  if (!ohm_link_is_overload_told (self, cause))
    ohm_link_set_state (self, OHM_STATE_OVERLOADED, cause);
}

const char *
ohm_link_get_id (OhmLink *self)
{
  return self->id;
}

const char *
ohm_link_get_transport_id (OhmLink *self)
{
  return self->transport_id;
}

OhmSettings *
ohm_link_get_settings (OhmLink *self)
{
  return self->settings;
}

OhmTransport *
ohm_link_get_transport (OhmLink *self)
{
  return self->transport;
}

const OhmState *
ohm_link_get_state (OhmLink *self)
{
  return &self->state;
}
