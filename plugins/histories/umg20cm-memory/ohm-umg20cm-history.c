/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

/*
 * The memory of the UMG 20CM, as far as its address list 33.03.311.MOD goes: whether it records,
 * since when, at which interval. How a record is laid out is not public, and reading one needs a
 * pointer to be written: neither is guessed, nothing is written.
 */
#define OHM_TYPE_UMG20CM_HISTORY (ohm_umg20cm_history_get_type ())
G_DECLARE_FINAL_TYPE (OhmUmg20cmHistory, ohm_umg20cm_history, OHM, UMG20CM_HISTORY, OhmHistory)

/* 6000 flags, 6001 interval in seconds, 6003 to 6005 functions, 6006 start time */
#define FIRST_ADDRESS  6000
#define COUNT          8
#define FLAG_RECORDING (1u << 0)
#define INDEX_INTERVAL 1
#define INDEX_START    6

struct _OhmUmg20cmHistory
{
  OhmHistory parent_instance;
};

G_DEFINE_FINAL_TYPE (OhmUmg20cmHistory, ohm_umg20cm_history, OHM_TYPE_HISTORY)

static guint32
ohm_umg20cm_history_get_number (const OhmReply *reply, gsize index)
{
  return (guint32) ohm_reply_get_register (reply, index) << 16 |
         ohm_reply_get_register (reply, index + 1);
}

static void
ohm_umg20cm_history_take (GTask *task, const OhmReply *reply)
{
  guint32 interval_s = ohm_umg20cm_history_get_number (reply, INDEX_INTERVAL);
  gint64 *first_us = g_task_get_task_data (task);

  if ((ohm_reply_get_register (reply, 0) & FLAG_RECORDING) == 0)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_DEVICE,
                               "the meter does not record: its cyclic storage is off");
      return;
    }
  if (interval_s == 0 || 900 % interval_s != 0)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_DEVICE,
                               "the meter records every %u s, which gives no quarter hours",
                               interval_s);
      return;
    }
  *first_us = (gint64) ohm_umg20cm_history_get_number (reply, INDEX_START) * G_USEC_PER_SEC;
  g_task_return_boolean (task, TRUE);
}

static void
ohm_umg20cm_history_on_reply (const OhmReply *reply, const GError *error, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  if (reply == NULL)
    g_task_return_error (task, g_error_copy (error));
  else if (reply->exception != 0)
    g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_DEVICE, "the memory is refused: %s",
                             ohm_modbus_exception_to_string (reply->exception));
  else if (reply->length < 2 * COUNT)
    g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_PROTOCOL, "the answer is cut off");
  else
    ohm_umg20cm_history_take (task, reply);
}

static void
ohm_umg20cm_history_range_async (OhmHistory *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  OhmRequest request = { .function = 3, .address = FIRST_ADDRESS, .count = COUNT };

  g_task_set_source_tag (task, ohm_umg20cm_history_range_async);
  g_task_set_task_data (task, g_new0 (gint64, 1), g_free);
  ohm_history_exchange (self, &request, ohm_umg20cm_history_on_reply, g_steal_pointer (&task));
}

static gboolean
ohm_umg20cm_history_range_finish (OhmHistory *self,
                                  GAsyncResult *result,
                                  gint64 *ret_first_us,
                                  gint64 *ret_last_us,
                                  GError **error)
{
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *ret_first_us = *(gint64 *) g_task_get_task_data (G_TASK (result));
  *ret_last_us = 0;
  return TRUE;
}

static void
ohm_umg20cm_history_read_async (OhmHistory *self,
                                gint64 from_us,
                                gint64 to_us,
                                const char *token,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_umg20cm_history_read_async);
  g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                           "how the UMG 20CM lays out its records is not public: they are not "
                           "read");
}

static OhmHistoryPage *
ohm_umg20cm_history_read_finish (OhmHistory *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_umg20cm_history_class_init (OhmUmg20cmHistoryClass *klass)
{
  OhmHistoryClass *history_class = OHM_HISTORY_CLASS (klass);

  history_class->range_async = ohm_umg20cm_history_range_async;
  history_class->range_finish = ohm_umg20cm_history_range_finish;
  history_class->read_async = ohm_umg20cm_history_read_async;
  history_class->read_finish = ohm_umg20cm_history_read_finish;
}

static void
ohm_umg20cm_history_init (OhmUmg20cmHistory *self)
{
}

OHM_PLUGIN ("umg20cm-memory",
            "Memory of the Janitza UMG 20CM (experimental)",
            ohm_umg20cm_history_get_type);
