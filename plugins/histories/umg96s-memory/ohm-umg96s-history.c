/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-umg96s-block.h"

#include <stdio.h>

/*
 * The memory of the older UMG 96S: a ring of blocks, read from the newest towards the oldest. 510 =
 * 0 loads the place of the newest block into 702, reading at 500 gives a block and steps back.
 * Where we are is kept as a token: place, number and time of the last block, blocks so far, oldest
 * time kept. If the device is not there any more when we come back, reading begins at the newest
 * block again, and passes over what was read.
 */
#define OHM_TYPE_UMG96S_HISTORY (ohm_umg96s_history_get_type ())
G_DECLARE_FINAL_TYPE (OhmUmg96sHistory, ohm_umg96s_history, OHM, UMG96S_HISTORY, OhmHistory)

#define READ_ADDRESS     500 /* steps back */
#define PEEK_ADDRESS     506 /* does not */
#define FUNCTION_ADDRESS 510
#define PLACE_ADDRESS    702

/* Blocks in a page: what a kill costs at most. */
#define PAGE_BLOCKS 48

/* 2000-01-01, before the first of these meters */
#define EARLIEST_S 946684800

#define SLOT_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)

struct _OhmUmg96sHistory
{
  OhmHistory parent_instance;
};

G_DEFINE_FINAL_TYPE (OhmUmg96sHistory, ohm_umg96s_history, OHM_TYPE_HISTORY)

typedef enum
{
  OHM_UMG96S_STEP_COMPARE, /* is the device where we left it? */
  OHM_UMG96S_STEP_LOAD,    /* go to the newest block */
  OHM_UMG96S_STEP_PEEK,    /* look at it (range) */
  OHM_UMG96S_STEP_READ,
  OHM_UMG96S_STEP_TELL, /* where are we now? */
} OhmUmg96sStep;

/* Task data. */
typedef struct
{
  gint64 from_us;
  gint64 to_us;
  OhmUmg96sLayout layout;
  OhmUmg96sStep step;
  gboolean is_range;
  GPtrArray *records; /* (owned) (element-type OhmRecord): newest first */
  guint n_page;       /* blocks of this page */
  guint n_blocks;     /* blocks since the newest one */
  OhmUmg96sBlock last;
  gboolean has_last;
  guint32 earliest_s;  /* of what was kept: time only goes back */
  gboolean is_passing; /* over what was read before, up to and with @resume */
  guint resume_place;
  OhmUmg96sBlock resume;
  gint64 newest_us; /* of the range */
} OhmUmg96sRead;

static void ohm_umg96s_history_go_on (GTask *task);

static void
ohm_umg96s_read_free (OhmUmg96sRead *self)
{
  ohm_umg96s_layout_clear (&self->layout);
  g_ptr_array_unref (self->records);
  g_free (self);
}

static OhmHistoryPage *
ohm_umg96s_read_make_page (OhmUmg96sRead *self, char *token)
{
  OhmHistoryPage *page = g_new0 (OhmHistoryPage, 1);

  page->records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  page->token = token;
  while (self->records->len > 0)
    g_ptr_array_add (page->records,
                     g_ptr_array_steal_index (self->records, self->records->len - 1));
  return page;
}

static void
ohm_umg96s_history_end_page (GTask *task, char *token)
{
  g_task_return_pointer (task, ohm_umg96s_read_make_page (g_task_get_task_data (task), token),
                         (GDestroyNotify) ohm_history_page_free);
}

/* Blocks are numbered one by one: another number is behind the end of the ring. */
static gboolean
ohm_umg96s_read_is_next (const OhmUmg96sRead *self, const OhmUmg96sBlock *block)
{
  return !self->has_last || block->number == (guint16) (self->last.number - 1);
}

static void
ohm_umg96s_read_keep (OhmUmg96sRead *self, const OhmUmg96sBlock *block)
{
  gint64 time_us = (gint64) block->time_s * G_USEC_PER_SEC;
  gboolean is_passed = self->is_passing;

  if (self->is_passing && block->number == self->resume.number &&
      block->time_s == self->resume.time_s)
    self->is_passing = FALSE;
  /* a clock that was set back has shown some quarter hours twice: the later one counts */
  if (is_passed || !ohm_umg96s_block_is_slot (block) || time_us <= self->from_us ||
      time_us > self->to_us || block->time_s >= self->earliest_s)
    return;
  self->earliest_s = block->time_s;
  g_ptr_array_add (self->records, ohm_umg96s_layout_make_record (&self->layout, block));
}

/* Takes a block; TRUE if there is no older one that is wanted. */
static gboolean
ohm_umg96s_read_take (OhmUmg96sRead *self, const guint8 *bytes)
{
  gboolean was_passing = self->is_passing;
  OhmUmg96sBlock block;

  if (self->n_blocks >= OHM_UMG96S_BLOCKS_MAX || !ohm_umg96s_block_parse (bytes, &block) ||
      !ohm_umg96s_read_is_next (self, &block))
    return TRUE;
  ohm_umg96s_read_keep (self, &block);
  self->last = block;
  self->has_last = TRUE;
  self->n_blocks++;
  self->n_page += was_passing ? 0 : 1;
  /* a time that nobody can have recorded says nothing of the blocks behind it */
  return block.error == 0 && block.time_s >= EARLIEST_S &&
         (gint64) block.time_s * G_USEC_PER_SEC <= self->from_us;
}

static void
ohm_umg96s_history_take_block (GTask *task, const OhmReply *reply)
{
  OhmUmg96sRead *read = g_task_get_task_data (task);

  if (ohm_umg96s_read_take (read, reply->data))
    {
      if (read->is_passing)
        g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_DEVICE,
                                 "the block at which reading was left is not in the memory any "
                                 "more");
      else
        ohm_umg96s_history_end_page (task, /* token */ NULL);
      return;
    }
  if (read->n_page >= PAGE_BLOCKS)
    read->step = OHM_UMG96S_STEP_TELL;
  ohm_umg96s_history_go_on (task);
}

static void
ohm_umg96s_history_take_place (GTask *task, const OhmReply *reply)
{
  OhmUmg96sRead *read = g_task_get_task_data (task);
  guint place = ohm_reply_get_register (reply, 0);

  if (read->step == OHM_UMG96S_STEP_TELL)
    {
      ohm_umg96s_history_end_page (task, g_strdup_printf ("%u %u %u %u %u", place,
                                                          read->last.number, read->last.time_s,
                                                          read->n_blocks, read->earliest_s));
      return;
    }
  read->step = OHM_UMG96S_STEP_LOAD;
  if (place == read->resume_place)
    {
      read->last = read->resume;
      read->has_last = TRUE;
      read->is_passing = FALSE;
      read->step = OHM_UMG96S_STEP_READ;
    }
  ohm_umg96s_history_go_on (task);
}

/* The ring reaches back as far as its blocks would at a quarter of an hour each. */
static void
ohm_umg96s_history_take_newest (GTask *task, const OhmReply *reply)
{
  OhmUmg96sRead *read = g_task_get_task_data (task);
  OhmUmg96sBlock block;

  if (ohm_umg96s_block_parse (reply->data, &block) && block.error == 0)
    read->newest_us = (gint64) block.time_s * G_USEC_PER_SEC;
  g_task_return_boolean (task, TRUE);
}

static void
ohm_umg96s_history_take (GTask *task, const OhmReply *reply)
{
  OhmUmg96sRead *read = g_task_get_task_data (task);

  switch (read->step)
    {
    case OHM_UMG96S_STEP_LOAD:
      read->n_blocks = 0;
      read->step = read->is_range ? OHM_UMG96S_STEP_PEEK : OHM_UMG96S_STEP_READ;
      ohm_umg96s_history_go_on (task);
      break;
    case OHM_UMG96S_STEP_PEEK:
      ohm_umg96s_history_take_newest (task, reply);
      break;
    case OHM_UMG96S_STEP_READ:
      ohm_umg96s_history_take_block (task, reply);
      break;
    case OHM_UMG96S_STEP_COMPARE:
    case OHM_UMG96S_STEP_TELL:
    default:
      ohm_umg96s_history_take_place (task, reply);
      break;
    }
}

static guint
ohm_umg96s_step_get_count (OhmUmg96sStep step)
{
  return step == OHM_UMG96S_STEP_READ || step == OHM_UMG96S_STEP_PEEK ? OHM_UMG96S_BLOCK_BYTES / 2
                                                                      : 1;
}

static void
ohm_umg96s_history_on_reply (const OhmReply *reply, const GError *error, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const OhmUmg96sRead *read = g_task_get_task_data (task);
  gboolean is_write = read->step == OHM_UMG96S_STEP_LOAD;

  if (reply == NULL)
    g_task_return_error (task, g_error_copy (error));
  else if (reply->exception != 0)
    g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_DEVICE, "the memory is refused: %s",
                             ohm_modbus_exception_to_string (reply->exception));
  else if (!is_write && reply->length < 2 * ohm_umg96s_step_get_count (read->step))
    g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_PROTOCOL, "the answer is cut off");
  else
    ohm_umg96s_history_take (task, reply);
}

static void
ohm_umg96s_history_go_on (GTask *task)
{
  static const guint16 addresses[] = {
    [OHM_UMG96S_STEP_COMPARE] = PLACE_ADDRESS, [OHM_UMG96S_STEP_LOAD] = FUNCTION_ADDRESS,
    [OHM_UMG96S_STEP_PEEK] = PEEK_ADDRESS,     [OHM_UMG96S_STEP_READ] = READ_ADDRESS,
    [OHM_UMG96S_STEP_TELL] = PLACE_ADDRESS,
  };
  const OhmUmg96sRead *read = g_task_get_task_data (task);
  OhmRequest request = {
    .function = read->step == OHM_UMG96S_STEP_LOAD ? 6 : 0,
    .address = addresses[read->step],
    .count = (guint16) ohm_umg96s_step_get_count (read->step),
  };

  ohm_history_exchange (g_task_get_source_object (task), &request, ohm_umg96s_history_on_reply,
                        g_object_ref (task));
}

static OhmUmg96sRead *
ohm_umg96s_read_new (void)
{
  OhmUmg96sRead *read = g_new0 (OhmUmg96sRead, 1);

  read->step = OHM_UMG96S_STEP_LOAD;
  read->earliest_s = G_MAXUINT32;
  read->records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  return read;
}

static void
ohm_umg96s_history_range_async (OhmHistory *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  OhmUmg96sRead *read = ohm_umg96s_read_new ();

  g_task_set_source_tag (task, ohm_umg96s_history_range_async);
  g_task_set_task_data (task, read, (GDestroyNotify) ohm_umg96s_read_free);
  read->is_range = TRUE;
  ohm_umg96s_history_go_on (task);
}

static gboolean
ohm_umg96s_history_range_finish (OhmHistory *self,
                                 GAsyncResult *result,
                                 gint64 *ret_first_us,
                                 gint64 *ret_last_us,
                                 GError **error)
{
  const OhmUmg96sRead *read = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *ret_last_us = read->newest_us - read->newest_us % SLOT_US;
  *ret_first_us = MAX (0, *ret_last_us - (OHM_UMG96S_BLOCKS_MAX - 1) * SLOT_US);
  return TRUE;
}

/* Ours, or one of somebody who typed it. */
static gboolean
ohm_umg96s_read_take_token (OhmUmg96sRead *self, const char *token, GError **error)
{
  guint number = 0;

  if (sscanf (token, "%u %u %u %u %u", &self->resume_place, &number, &self->resume.time_s,
              &self->n_blocks, &self->earliest_s) != 5 ||
      number > G_MAXUINT16)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is no place in the memory", token);
      return FALSE;
    }
  self->resume.number = (guint16) number;
  self->is_passing = TRUE;
  self->step = OHM_UMG96S_STEP_COMPARE;
  return TRUE;
}

static gboolean
ohm_umg96s_history_prepare (OhmHistory *self,
                            OhmUmg96sRead *read,
                            const char *token,
                            GError **error)
{
  OhmSettings *settings = ohm_history_get_settings (self);
  const char *const *values = NULL;
  double ratio = 1;

  if (settings != NULL)
    {
      values = ohm_settings_get_list (settings, "values");
      ratio = ohm_settings_get_real (settings, "ratio");
    }
  return ohm_umg96s_layout_init (&read->layout, values, ratio, error) &&
         (token == NULL || ohm_umg96s_read_take_token (read, token, error));
}

static void
ohm_umg96s_history_read_async (OhmHistory *self,
                               gint64 from_us,
                               gint64 to_us,
                               const char *token,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  OhmUmg96sRead *read = ohm_umg96s_read_new ();

  g_task_set_source_tag (task, ohm_umg96s_history_read_async);
  g_task_set_task_data (task, read, (GDestroyNotify) ohm_umg96s_read_free);
  read->from_us = from_us;
  read->to_us = to_us;
  if (ohm_umg96s_history_prepare (self, read, token, &error))
    ohm_umg96s_history_go_on (task);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static OhmHistoryPage *
ohm_umg96s_history_read_finish (OhmHistory *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static const OhmSettingSpec ohm_umg96s_history_settings[] = {
  { "values", OHM_SETTING_LIST, 0, OHM_UMG96S_VALUES_MAX, NULL, NULL,
    "what the ten bytes of a block are, POINT:FORMAT of each counter, as the meter's manual says "
    "of memory profile 3: energy-active-import.total:u32",
    FALSE },
  { "ratio", OHM_SETTING_REAL, 0, 1000000, "1", NULL,
    "factor of the transformers, current times voltage: the memory leaves it out", FALSE },
  { NULL },
};

/* 0 loads the place of the newest block; 0xA55A would erase the memory, 0x5AA5 reset the meter. */
static const OhmWrite ohm_umg96s_history_writes[] = {
  { .name = "memory", .address = FUNCTION_ADDRESS, .count = 1, .min = 0, .max = 0 },
};

static void
ohm_umg96s_history_class_init (OhmUmg96sHistoryClass *klass)
{
  OhmHistoryClass *history_class = OHM_HISTORY_CLASS (klass);

  history_class->settings_table = ohm_umg96s_history_settings;
  history_class->range_async = ohm_umg96s_history_range_async;
  history_class->range_finish = ohm_umg96s_history_range_finish;
  history_class->read_async = ohm_umg96s_history_read_async;
  history_class->read_finish = ohm_umg96s_history_read_finish;
  history_class->writes = ohm_umg96s_history_writes;
  history_class->n_writes = G_N_ELEMENTS (ohm_umg96s_history_writes);
}

static void
ohm_umg96s_history_init (OhmUmg96sHistory *self)
{
}

OHM_PLUGIN ("umg96s-memory", "Memory of the older Janitza UMG 96S", ohm_umg96s_history_get_type);
