/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-probe-job.h"

#include "ohm-test-target.h"

#define FUNCTION_READ       3
#define FUNCTION_READ_INPUT 4

typedef struct
{
  OhmSite *site; /* (owned) */
  OhmJob *job;   /* (owned) */
  OhmTestTarget target;
  gboolean is_fixed; /* the function was said: no other is tried */
  guint8 exception;  /* of the first function, while the other one is tried */
  OhmLinkExchange exchange;
} OhmProbeJob;

static void
ohm_probe_job_free (OhmProbeJob *self)
{
  if (self->target.link != NULL && self->target.is_own_link)
    ohm_link_remove_unit (self->target.link, self->exchange.request.unit, self);
  ohm_test_target_clear (&self->target);
  g_clear_object (&self->site);
  g_clear_object (&self->job);
  g_free (self);
}

static void
ohm_probe_job_add_request (OhmProbeJob *self, GVariantDict *result)
{
  const OhmRequest *request = &self->exchange.request;

  g_variant_dict_insert (result, "address", "s", ohm_link_get_id (self->target.link));
  g_variant_dict_insert (result, "unit", "y", request->unit);
  g_variant_dict_insert (result, "function", "y", request->function);
  g_variant_dict_insert (result, "first", "q", request->address);
}

static void
ohm_probe_job_succeed (OhmProbeJob *self, const OhmReply *reply)
{
  g_auto (GVariantDict) result = G_VARIANT_DICT_INIT (NULL);
  guint16 registers[OHM_READ_REGISTERS_MAX];
  gsize n = reply->length / 2;

  for (gsize i = 0; i < n; i++)
    registers[i] = ohm_reply_get_register (reply, i);
  ohm_probe_job_add_request (self, &result);
  g_variant_dict_insert (&result, "latency-us", "x", reply->round_trip_us);
  g_variant_dict_insert_value (&result, "registers",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_UINT16, registers, n,
                                                          sizeof registers[0]));
  ohm_job_end (self->job, OHM_JOB_DONE, /* message */ NULL, g_variant_dict_end (&result));
}

static void
ohm_probe_job_fail (OhmProbeJob *self, OhmMessage *message)
{
  g_auto (GVariantDict) result = G_VARIANT_DICT_INIT (NULL);

  ohm_probe_job_add_request (self, &result);
  ohm_job_end (self->job, OHM_JOB_FAILED, message, g_variant_dict_end (&result));
}

static OhmMessage *
ohm_probe_job_new_refusal (const OhmRequest *request, guint8 exception)
{
  g_autofree char *function = g_strdup_printf ("%u", request->function);
  g_autofree char *range = g_strdup_printf ("%u..%u", request->address,
                                            request->address + request->count - 1u);

  if (exception == 1)
    return ohm_message_new ("illegal-function", "function", function, NULL);
  if (exception == 2)
    return ohm_message_new ("illegal-address", "address", range, NULL);
  if (exception == 3)
    return ohm_message_new ("illegal-value", NULL);
  return ohm_message_new ("device-refused", "text", ohm_modbus_exception_to_string (exception),
                          NULL);
}

static void
ohm_probe_job_refused (OhmProbeJob *self, guint8 exception)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->exchange.request.unit);
  g_autoptr (OhmMessage) message = NULL;

  if (exception == 0x0A || exception == 0x0B)
    message = ohm_message_new (exception == 0x0A ? "gateway-path" : "gateway-no-target", "unit",
                               unit, NULL);
  else
    message = ohm_probe_job_new_refusal (&self->exchange.request, exception);
  ohm_probe_job_fail (self, message);
}

/* A link that is down says why better than the exchange that found it so. */
static void
ohm_probe_job_unanswered (OhmProbeJob *self, const GError *error)
{
  const OhmState *state = ohm_link_get_state (self->target.link);
  g_autoptr (OhmMessage) message = NULL;

  if (state->code == OHM_STATE_DOWN && state->cause != NULL)
    message = ohm_message_ref (state->cause);
  else
    message = ohm_message_new_from_error (error);
  ohm_probe_job_fail (self, message);
}

/* Holding registers are asked for first, as most devices have those; what they refuse may be input
 * registers. */
static gboolean
ohm_probe_job_try_other (OhmProbeJob *self, guint8 exception)
{
  if ((exception != 1 && exception != 2) || self->is_fixed || self->exception != 0 ||
      self->exchange.request.function != FUNCTION_READ)
    return FALSE;
  self->exception = exception;
  self->exchange.request.function = FUNCTION_READ_INPUT;
  ohm_link_submit (self->target.link, &self->exchange);
  return TRUE;
}

static void
ohm_probe_job_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmProbeJob *self = exchange->user_data;

  if (g_cancellable_is_cancelled (ohm_job_get_cancellable (self->job)))
    {
      ohm_job_end (self->job, OHM_JOB_CANCELLED, /* message */ NULL, /* result */ NULL);
      ohm_probe_job_free (self);
      return;
    }
  if (reply != NULL && ohm_probe_job_try_other (self, reply->exception))
    return;
  if (reply == NULL)
    ohm_probe_job_unanswered (self, error);
  else if (reply->exception != 0 && self->exception != 0)
    ohm_probe_job_refused (self, self->exception);
  else if (reply->exception != 0)
    ohm_probe_job_refused (self, reply->exception);
  else
    ohm_probe_job_succeed (self, reply);
  ohm_probe_job_free (self);
}

/* --- what may be read --- */

gboolean
ohm_probe_check (const OhmProbe *probe, GError **error)
{
  if (probe->function != 0 && probe->function != FUNCTION_READ &&
      probe->function != FUNCTION_READ_INPUT)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "function %u does not read: expected 3 or 4",
                 probe->function);
  else if (probe->framing != NULL && !g_str_equal (probe->framing, "tcp") &&
           !g_str_equal (probe->framing, "rtu"))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "framing '%s' is not known: expected tcp or rtu", probe->framing);
  else if (probe->unit > 255)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "unit %d is not in 0..255", probe->unit);
  else if (probe->count < 1 || probe->count > OHM_READ_REGISTERS_MAX)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%u registers: expected 1..%d", probe->count,
                 OHM_READ_REGISTERS_MAX);
  else if (probe->address + probe->count > 65536)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "registers %u..%u end beyond 65535",
                 probe->address, probe->address + probe->count - 1u);
  else
    return TRUE;
  return FALSE;
}

/* (nullable): the stateful range of @host that the request touches */
static const OhmRange *
ohm_probe_job_find_stateful (OhmMeterHost *host, const OhmRequest *request)
{
  OhmMeter *meter = ohm_meter_host_get_meter (host);
  const OhmLimits *limits = meter != NULL ? ohm_profile_get_limits (ohm_meter_get_profile (meter))
                                          : NULL;

  for (guint i = 0; limits != NULL && i < limits->n_stateful; i++)
    {
      const OhmRange *range = &limits->stateful[i];

      if ((range->function == 0 || range->function == request->function) &&
          range->first < request->address + request->count && range->last >= request->address)
        return range;
    }
  return NULL;
}

/* Reading what changes by being read is nothing to try out; whichever name the device was given. */
static gboolean
ohm_probe_job_check_stateful (OhmProbeJob *self, GError **error)
{
  GPtrArray *meters = ohm_site_get_meters (self->site);
  const OhmRequest *request = &self->exchange.request;

  for (guint i = 0; i < meters->len; i++)
    {
      OhmMeterHost *host = g_ptr_array_index (meters, i);
      const OhmRange *range;

      if (ohm_meter_host_get_link (host) != self->target.link ||
          ohm_meter_host_get_unit (host) != request->unit)
        continue;
      range = ohm_probe_job_find_stateful (host, request);
      if (range == NULL)
        continue;
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                   "reading registers %u..%u of meter '%s' has side effects, says its profile: "
                   "they are not probed",
                   range->first, range->last, ohm_meter_host_get_id (host));
      return FALSE;
    }
  return TRUE;
}

/* --- start --- */

static gboolean
ohm_probe_job_open (OhmProbeJob *self, const OhmProbe *probe, GError **error)
{
  OhmLink *link = ohm_site_find_link (self->site, probe->target);

  if (link != NULL)
    self->target = (OhmTestTarget){ .link = g_object_ref (link), .unit = -1 };
  else if (!ohm_test_target_open (self->site, probe->target, &self->target, error))
    return FALSE;
  if (probe->framing != NULL &&
      !ohm_test_target_take_framing (&self->target, self->site, probe->framing, error))
    return FALSE;
  if (probe->unit >= 0)
    self->target.unit = probe->unit;
  self->exchange.request.unit = self->target.unit >= 0 ? (guint8) self->target.unit : 1;
  return TRUE;
}

/* Of a known meter, what its profile says of how it answers. */
static void
ohm_probe_job_take_profile (OhmProbeJob *self)
{
  OhmMeter *meter = self->target.host != NULL ? ohm_meter_host_get_meter (self->target.host) : NULL;
  const OhmLimits *limits;

  if (meter == NULL)
    return;
  limits = ohm_profile_get_limits (ohm_meter_get_profile (meter));
  self->exchange.quirks = limits->quirks;
  self->exchange.timeout_us = limits->timeout_us;
  self->exchange.pause_us = limits->pause_us;
  if (!self->is_fixed)
    self->exchange.request.function = limits->functions[0];
}

static void
ohm_probe_job_refuse (OhmProbeJob *self, const GError *error)
{
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

  ohm_job_end (self->job, OHM_JOB_FAILED, message, /* result */ NULL);
  ohm_probe_job_free (self);
}

OhmJob *
ohm_probe_job_start (OhmJobs *jobs, OhmSite *site, const OhmProbe *probe)
{
  OhmProbeJob *self = g_new0 (OhmProbeJob, 1);
  OhmJob *job = ohm_jobs_start (jobs, "probe", probe->target);
  g_autoptr (GError) error = NULL;

  self->site = g_object_ref (site);
  self->job = g_object_ref (job);
  self->is_fixed = probe->function != 0;
  self->exchange.request.function = self->is_fixed ? probe->function : FUNCTION_READ;
  self->exchange.request.address = probe->address;
  self->exchange.request.count = probe->count;
  self->exchange.priority = OHM_PRIORITY_OPERATOR;
  self->exchange.func = ohm_probe_job_on_exchanged;
  self->exchange.user_data = self;
  if (!ohm_probe_job_open (self, probe, &error))
    {
      ohm_probe_job_refuse (self, error);
      return job;
    }
  ohm_probe_job_take_profile (self);
  if (self->target.is_own_link)
    ohm_link_add_unit (self->target.link, self->exchange.request.unit, NULL, self);
  if (!ohm_probe_job_check_stateful (self, &error))
    {
      ohm_probe_job_refuse (self, error);
      return job;
    }
  ohm_link_submit (self->target.link, &self->exchange);
  return job;
}
