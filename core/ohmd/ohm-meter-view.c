/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What others may see of a meter at work. */

#include "ohm-meter-host-private.h"
#include "ohm-slot.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)

const char *
ohm_meter_host_get_id (OhmMeterHost *self)
{
  return self->id;
}

const OhmMeterConfig *
ohm_meter_host_get_config (OhmMeterHost *self)
{
  return self->config;
}

const char *
ohm_meter_host_get_name (OhmMeterHost *self)
{
  const char *name = NULL;

  if (self->config->settings != NULL)
    name = ohm_settings_get_string (self->config->settings, "name");
  return name != NULL ? name : self->id;
}

const char *
ohm_meter_host_get_type_id (OhmMeterHost *self)
{
  const char *type = self->config->type;
  const char *found = ohm_facts_get (self->facts, "type");

  return g_str_equal (type, "auto") && found != NULL ? found : type;
}

OhmMeter *
ohm_meter_host_get_meter (OhmMeterHost *self)
{
  return self->meter;
}

OhmPlan *
ohm_meter_host_get_plan (OhmMeterHost *self)
{
  return self->plan;
}

OhmFacts *
ohm_meter_host_get_facts (OhmMeterHost *self)
{
  return self->facts;
}

OhmLink *
ohm_meter_host_get_link (OhmMeterHost *self)
{
  return self->link;
}

guint8
ohm_meter_host_get_unit (OhmMeterHost *self)
{
  return self->unit;
}

char *
ohm_meter_host_dup_address (OhmMeterHost *self)
{
  return g_strdup_printf ("%s/%u", self->link != NULL ? ohm_link_get_id (self->link) : "",
                          self->unit);
}

gint64
ohm_meter_host_get_period_us (OhmMeterHost *self)
{
  return self->period_us;
}

const OhmState *
ohm_meter_host_get_state (OhmMeterHost *self)
{
  return &self->state;
}

gboolean
ohm_meter_host_is_confirmed (OhmMeterHost *self)
{
  return self->is_confirmed;
}

void
ohm_meter_host_get_last (OhmMeterHost *self, OhmLastValues *ret_last)
{
  *ret_last = (OhmLastValues){
    .points = self->plan != NULL ? ohm_plan_get_points (self->plan) : NULL,
    .cells = self->cells,
    .qualities = self->qualities,
    .times_us = self->times_us,
    .read_us = self->read_us,
  };
}

gint64
ohm_meter_host_get_stale_us (OhmMeterHost *self)
{
  return MAX (3 * self->period_us, 10 * SECOND_US);
}

/* Of one that does not tell its serial any more nobody knows that it is another one. */
static OhmGapCause
ohm_meter_host_get_wrong_cause (OhmMeterHost *self)
{
  const char *code = self->state.cause != NULL ? ohm_message_get_code (self->state.cause) : NULL;

  return g_strcmp0 (code, "identity-unknown") == 0 ? OHM_GAP_METER_REFUSED : OHM_GAP_WRONG_DEVICE;
}

OhmGapCause
ohm_meter_host_get_gap_cause (OhmMeterHost *self)
{
  switch (self->state.code)
    {
    case OHM_STATE_UNREACHABLE:
      return OHM_GAP_LINK_DOWN;
    case OHM_STATE_WRONG_DEVICE:
      return ohm_meter_host_get_wrong_cause (self);
    case OHM_STATE_DISABLED:
    case OHM_STATE_MISCONFIGURED:
      return OHM_GAP_DISABLED;
    case OHM_STATE_OK:
    case OHM_STATE_PARTIAL:
      /* whoever was not known to be the right one has been asked, and has not told in time */
      return self->is_confirmed ? self->slot_cause : OHM_GAP_METER_SILENT;
    case OHM_STATE_STARTING:
    case OHM_STATE_SILENT:
    case OHM_STATE_CONNECTING:
    case OHM_STATE_UP:
    case OHM_STATE_OVERLOADED:
    case OHM_STATE_DOWN:
    default:
      return OHM_GAP_METER_SILENT;
    }
}

static void
ohm_meter_host_add_request (OhmMeterHost *self, GArray *list, guint class, const OhmMerged *merged)
{
  OhmRequest request = {
    .unit = self->unit,
    .function = merged->function,
    .address = merged->address,
    .count = merged->count,
  };
  OhmFraming framing = ohm_transport_get_baud (ohm_link_get_transport (self->link)) > 0
                         ? OHM_FRAMING_RTU
                         : OHM_FRAMING_TCP;
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmPlannedRequest planned = {
    .classes = class,
    .function = merged->function,
    .address = merged->address,
    .count = merged->count,
    .n_points = merged->n,
    .time_us = ohm_link_estimate_us (self->link, &request),
  };

  planned.bytes = (guint) (ohm_modbus_encode_request (framing, &request, 0, frame) +
                           ohm_modbus_reply_bytes (framing, &request));
  g_array_append_val (list, planned);
}

/* As ohm_poll_start() does it: guards come before slow values and a slot, the proof after a slot.
 */
static void
ohm_meter_host_add_requests (OhmMeterHost *self, GArray *list, guint class)
{
  g_autoptr (OhmRequestList) requests = ohm_poll_merge (self, class);
  g_autoptr (GArray) guards = ohm_poll_list_guards (self);

  if (requests->n_requests == 0)
    return;
  for (guint i = 0; class != OHM_READ_LIVE && i < guards->len; i++)
    ohm_meter_host_add_request (self, list, class, &g_array_index (guards, OhmMerged, i));
  for (guint i = 0; i < requests->n_requests; i++)
    ohm_meter_host_add_request (self, list, class, &requests->requests[i]);
  if (class == OHM_READ_SLOT && self->proof.answer != NULL)
    ohm_meter_host_add_request (self, list, class, &self->proof.request);
}

GArray *
ohm_meter_host_get_requests (OhmMeterHost *self)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (OhmPlannedRequest));

  if (self->plan == NULL || self->link == NULL)
    return list;
  ohm_meter_host_add_requests (self, list, OHM_READ_LIVE);
  ohm_meter_host_add_requests (self, list, OHM_READ_SLOW);
  ohm_meter_host_add_requests (self, list, OHM_READ_SLOT);
  return list;
}

double
ohm_meter_host_get_rate (OhmMeterHost *self, guint classes)
{
  gint64 period_us = OHM_SLOT_US;

  if ((classes & OHM_READ_LIVE) != 0)
    period_us = self->period_us;
  else if ((classes & OHM_READ_SLOW) != 0)
    period_us = MAX (60 * SECOND_US, self->period_us);
  return (double) SECOND_US / (double) MAX (period_us, 1);
}

double
ohm_meter_host_get_link_share (OhmMeterHost *self)
{
  g_autoptr (GArray) requests = ohm_meter_host_get_requests (self);
  double share = 0;

  for (guint i = 0; i < requests->len; i++)
    {
      const OhmPlannedRequest *request = &g_array_index (requests, OhmPlannedRequest, i);

      share += ohm_meter_host_get_rate (self, request->classes) * (double) request->time_us /
               SECOND_US;
    }
  return share;
}

char **
ohm_meter_host_get_learned (OhmMeterHost *self)
{
  return ohm_learned_describe (self->learned);
}

GArray *
ohm_meter_host_get_learned_times (OhmMeterHost *self)
{
  return ohm_learned_get_times (self->learned);
}

GVariant *
ohm_meter_host_save_learned (OhmMeterHost *self)
{
  return ohm_learned_save (self->learned);
}

guint64
ohm_meter_host_get_polls (OhmMeterHost *self)
{
  return self->polls_done;
}

guint64
ohm_meter_host_get_failures (OhmMeterHost *self)
{
  return self->polls_failed;
}

guint64
ohm_meter_host_get_missed (OhmMeterHost *self)
{
  return self->polls_missed;
}

gint64
ohm_meter_host_get_jitter_us (OhmMeterHost *self)
{
  guint64 total = 0;
  guint64 sum = 0;

  for (guint i = 0; i < OHM_JITTER_BUCKETS; i++)
    total += self->jitter[i];
  for (guint i = 0; i < OHM_JITTER_BUCKETS; i++)
    {
      sum += self->jitter[i];
      if (total > 0 && sum * 100 >= total * 99)
        return G_GINT64_CONSTANT (1) << i;
    }
  return 0;
}
