/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-identify-reads.h"

/* Task data. */
typedef struct
{
  OhmLink *link;
  OhmIdentifyReads *reads;
  OhmIdentifyRead *asked; /* (nullable): under way */
  guint8 function;        /* what function 0 means; 4 after the device refused 3 */
  guint n_answers;
  gint64 sum_us;
  OhmLinkExchange exchange;
} OhmIdentifyState;

static void ohm_identify_next (GTask *task);

void
ohm_candidate_free (OhmCandidate *self)
{
  g_free (self->id);
  g_free (self->name);
  g_strfreev (self->evidence);
  g_free (self);
}

void
ohm_identification_free (OhmIdentification *self)
{
  g_ptr_array_unref (self->candidates);
  g_free (self);
}

static void
ohm_identify_state_free (OhmIdentifyState *self)
{
  g_object_unref (self->link);
  ohm_identify_reads_free (self->reads);
  g_free (self);
}

static OhmIdentification *
ohm_identify_end (const OhmIdentifyState *state)
{
  OhmIdentification *result = g_new0 (OhmIdentification, 1);

  result->candidates = ohm_identify_reads_rank (state->reads);
  result->function = state->function;
  result->latency_us = state->n_answers > 0 ? state->sum_us / state->n_answers : 0;
  return result;
}

/* Function 3 refused as such: the same is asked again with 4, and so is all that follows. */
static gboolean
ohm_identify_switches_function (OhmIdentifyState *state, const OhmReply *reply)
{
  if (reply->exception != 1 || state->asked->function != 0 || state->function != 3)
    return FALSE;
  state->function = 4;
  return TRUE;
}

static void
ohm_identify_take (OhmIdentifyState *state, const OhmReply *reply)
{
  gboolean is_whole = reply->exception == 0 && reply->length == 2 * (gsize) state->asked->count;

  state->n_answers++;
  state->sum_us += reply->round_trip_us;
  if (!ohm_identify_switches_function (state, reply))
    ohm_identify_read_take (state->asked, is_whole ? reply->data : NULL);
}

/* A device that has answered and now does not just lacks the register. What it is not asked for
 * after that (it is in back-off) counts as lacking too. */
static gboolean
ohm_identify_may_go_on (const OhmIdentifyState *state, const GError *error)
{
  return state->n_answers > 0 && (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) ||
                                  g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY));
}

/* The unit is silent, and somebody who is not it has said so. */
static GError *
ohm_identify_new_gateway_error (const OhmReply *reply)
{
  const char *code = reply->exception == 0x0A ? "gateway-path" : "gateway-no-target";
  g_autofree char *unit = g_strdup_printf ("%u", reply->unit);
  GError *error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_TIMEOUT, ohm_message_new (code, "unit", unit, NULL),
                         "unit %u: %s", reply->unit,
                         ohm_modbus_exception_to_string (reply->exception));
  return error;
}

static void
ohm_identify_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  g_autoptr (GTask) task = exchange->user_data;
  OhmIdentifyState *state = g_task_get_task_data (task);

  if (reply == NULL && !ohm_identify_may_go_on (state, error))
    {
      g_task_return_error (task, g_error_copy (error));
      return;
    }
  if (reply != NULL && (reply->exception == 0x0A || reply->exception == 0x0B))
    {
      g_task_return_error (task, ohm_identify_new_gateway_error (reply));
      return;
    }
  if (reply != NULL)
    ohm_identify_take (state, reply);
  else
    ohm_identify_read_take (state->asked, /* data */ NULL);
  ohm_identify_next (g_steal_pointer (&task));
}

/* @task: (transfer full) */
static void
ohm_identify_next (GTask *task)
{
  OhmIdentifyState *state = g_task_get_task_data (task);
  const OhmIdentifyRead *read;

  state->asked = ohm_identify_reads_next (state->reads);
  read = state->asked;
  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (read == NULL)
    {
      g_task_return_pointer (task, ohm_identify_end (state),
                             (GDestroyNotify) ohm_identification_free);
      g_object_unref (task);
      return;
    }
  state->exchange.request.function = read->function != 0 ? read->function : state->function;
  state->exchange.request.address = read->address;
  state->exchange.request.count = read->count;
  ohm_link_submit (state->link, &state->exchange);
}

void
ohm_identify_async (OhmLink *link,
                    const OhmIdentifyTarget *target,
                    OhmProfileCatalog *profiles,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (link, cancellable, callback, user_data);
  OhmIdentifyState *state = g_new0 (OhmIdentifyState, 1);

  g_task_set_source_tag (task, ohm_identify_async);
  g_task_set_task_data (task, state, (GDestroyNotify) ohm_identify_state_free);
  state->link = g_object_ref (link);
  state->reads = ohm_identify_reads_new (profiles);
  state->function = 3;
  state->exchange.request.unit = target->unit;
  state->exchange.priority = target->priority;
  state->exchange.func = ohm_identify_on_exchanged;
  state->exchange.user_data = task;
  ohm_identify_next (task);
}

OhmIdentification *
ohm_identify_finish (OhmLink *link, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, link), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
