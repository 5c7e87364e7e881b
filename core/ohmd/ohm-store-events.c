/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

/* Bytes that an event takes while it waits. */
#define EVENT_BYTES 256

static gboolean
ohm_store_insert_event (OhmStoreBackend *self,
                        gint64 time_us,
                        const char *subject,
                        const char *code,
                        const char *arguments,
                        GError **error)
{
  return ohm_database_run (
    self->database, error,
    "INSERT INTO events (time_us, subject, code, arguments) VALUES (?, ?, ?, ?)", "ittt", time_us,
    subject, code, arguments);
}

gboolean
ohm_store_put_event (OhmStoreBackend *self,
                     const char *subject,
                     const char *code,
                     const char *arguments,
                     GError **error)
{
  return ohm_store_insert_event (self, ohm_clock_get_wall_us (self->clock), subject, code,
                                 arguments, error);
}

gboolean
ohm_store_rename_events (OhmStoreBackend *self,
                         const char *kind,
                         const char *id,
                         const char *new_id,
                         GError **error)
{
  return ohm_database_run (self->database, error,
                           "UPDATE events SET subject = ?1 || '/' || ?3"
                           " WHERE subject = ?1 || '/' || ?2",
                           "ttt", kind, id, new_id);
}

static gboolean
ohm_store_insert_message (OhmStoreBackend *self,
                          gint64 time_us,
                          const char *subject,
                          OhmMessage *message,
                          GError **error)
{
  g_autoptr (GVariant) values = g_variant_ref_sink (ohm_message_get_arguments (message));
  g_autofree char *arguments = g_variant_print (values, FALSE);

  return ohm_store_insert_event (self, time_us, subject, ohm_message_get_code (message), arguments,
                                 error);
}

gboolean
ohm_store_put_message (OhmStoreBackend *self,
                       const char *subject,
                       OhmMessage *message,
                       GError **error)
{
  return ohm_store_insert_message (self, ohm_clock_get_wall_us (self->clock), subject, message,
                                   error);
}

static gboolean
ohm_store_run_event (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmStoreEvent *event = op->data;

  return ohm_store_insert_message (self, event->time_us, event->subject, event->message, error);
}

void
ohm_store_event_free (OhmStoreEvent *self)
{
  g_free (self->subject);
  g_clear_pointer (&self->message, ohm_message_unref);
  g_free (self);
}

void
ohm_store_add_event (OhmStore *self, const char *subject, OhmMessage *message)
{
  OhmStoreEvent *event;
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self));
  g_return_if_fail (subject != NULL && message != NULL);

  event = g_new0 (OhmStoreEvent, 1);
  event->time_us = ohm_clock_get_wall_us (ohm_store_get_backend (self)->clock);
  event->subject = g_strdup (subject);
  event->message = ohm_message_ref (message);
  op = ohm_store_op_new (OHM_STORE_OP_EVENT, ohm_store_run_event);
  ohm_store_op_set_data (op, event, (GDestroyNotify) ohm_store_event_free, EVENT_BYTES);
  ohm_store_push (self, op);
}

/* --- query --- */

/* An #OhmStoreEventQuery of its own. */
typedef struct
{
  OhmStoreEventQuery query;
  char *about;
  char *code;
} OhmStoreEventScan;

static void
ohm_store_event_scan_free (OhmStoreEventScan *self)
{
  g_free (self->about);
  g_free (self->code);
  g_free (self);
}

static OhmStoreEvent *
ohm_store_event_from_row (OhmStatement *row)
{
  OhmStoreEvent *event = g_new0 (OhmStoreEvent, 1);
  GVariant *arguments = g_variant_parse (G_VARIANT_TYPE ("a{ss}"), ohm_statement_get_text (row, 4),
                                         NULL, NULL, /* error */ NULL);

  if (arguments == NULL)
    arguments = g_variant_ref_sink (g_variant_new ("a{ss}", /* builder */ NULL));
  event->id = ohm_statement_get_integer (row, 0);
  event->time_us = ohm_statement_get_integer (row, 1);
  event->subject = g_strdup (ohm_statement_get_text (row, 2));
  event->message = ohm_message_new_from_variant (ohm_statement_get_text (row, 3), arguments);
  g_variant_unref (arguments);
  return event;
}

/* Without an index: retention keeps the table at some thousand rows. */
static OhmStatement *
ohm_store_prepare_events (OhmStoreBackend *self, const OhmStoreEventScan *scan, GError **error)
{
  const OhmStoreEventQuery *query = &scan->query;

  return ohm_database_prepare (self->database, error,
                               "SELECT id, time_us, subject, code, arguments FROM events"
                               " WHERE id < ?1 AND time_us > ?2 AND time_us <= ?3"
                               " AND (?4 IS NULL OR subject = ?4"
                               " OR substr (subject, instr (subject, '/') + 1) = ?4)"
                               " AND (?5 IS NULL OR code = ?5) ORDER BY id DESC LIMIT ?6",
                               "iiitti", query->before > 0 ? query->before : G_MAXINT64,
                               query->from_us, query->to_us > 0 ? query->to_us : G_MAXINT64,
                               scan->about, scan->code,
                               (gint64) CLAMP (query->max, 1, OHM_STORE_PAGE_MAX));
}

static GPtrArray *
ohm_store_list_events (OhmStoreBackend *self, const OhmStoreEventScan *scan, GError **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_store_event_free);
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  if (ohm_store_backend_get (self, error) == NULL)
    return NULL;
  row = ohm_store_prepare_events (self, scan, error);
  if (row == NULL)
    return NULL;
  while (ohm_database_step (self->database, row, &problem))
    g_ptr_array_add (events, ohm_store_event_from_row (row));
  if (problem == NULL)
    return g_steal_pointer (&events);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static void
ohm_store_query_events_thread (GTask *task,
                               gpointer source,
                               gpointer data,
                               GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;
  GPtrArray *events = ohm_store_list_events (backend, data, &error);

  if (events != NULL)
    g_task_return_pointer (task, events, (GDestroyNotify) g_ptr_array_unref);
  else
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
}

void
ohm_store_query_events_async (OhmStore *self,
                              const OhmStoreEventQuery *query,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  OhmStoreEventScan *scan;

  g_return_if_fail (OHM_IS_STORE (self) && query != NULL);

  scan = g_new0 (OhmStoreEventScan, 1);
  scan->query = *query;
  scan->about = g_strdup (query->about);
  scan->code = g_strdup (query->code);
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_query_events_async);
  g_task_set_task_data (task, scan, (GDestroyNotify) ohm_store_event_scan_free);
  ohm_store_run_query (self, task, ohm_store_query_events_thread);
}

GPtrArray *
ohm_store_query_events_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
