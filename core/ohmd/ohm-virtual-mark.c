/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtual-mark.h"

#include <string.h>

/* The mark is written once so many records came after it: one page to look through at the start,
 * and no write with every slot. */
#define LAG_MAX OHM_STORE_PAGE_MAX

struct _OhmVirtualMark
{
  GObject parent_instance;

  OhmStore *store; /* (owned) */
  char *key;       /* (owned) */
  OhmVirtualMarkFunc func;
  gpointer owner;
  gboolean has_records;
  gboolean is_loading;
  gboolean is_loaded;
  gboolean is_stored; /* whether the store has a mark */
  gboolean is_stopped;
  gint64 scanned; /* behind which the next page begins */
  gint64 seen;
  gint64 stored;
};

G_DEFINE_FINAL_TYPE (OhmVirtualMark, ohm_virtual_mark, G_TYPE_OBJECT)

static void ohm_virtual_mark_scan (OhmVirtualMark *self);

static void
ohm_virtual_mark_end_load (OhmVirtualMark *self, gboolean is_loaded)
{
  self->is_loading = FALSE;
  self->is_loaded = is_loaded;
  if (is_loaded && !self->is_stopped)
    self->func (/* record */ NULL, self->owner);
}

static void
ohm_virtual_mark_on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmVirtualMark) self = user_data;
  g_autoptr (GPtrArray) records = ohm_store_read_after_finish (OHM_STORE (source), result,
                                                               /* error */ NULL);

  if (records == NULL || self->is_stopped)
    {
      ohm_virtual_mark_end_load (self, /* is_loaded */ FALSE);
      return;
    }
  for (guint i = 0; i < records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (records, i);

      self->scanned = record->seq;
      self->func (record, self->owner);
    }
  ohm_virtual_mark_see (self, self->scanned);
  if (records->len < OHM_STORE_PAGE_MAX)
    ohm_virtual_mark_end_load (self, /* is_loaded */ TRUE);
  else
    ohm_virtual_mark_scan (self);
}

static void
ohm_virtual_mark_scan (OhmVirtualMark *self)
{
  ohm_store_read_after_async (self->store, self->scanned, OHM_STORE_PAGE_MAX,
                              /* cancellable */ NULL, ohm_virtual_mark_on_page,
                              g_object_ref (self));
}

static gint64
ohm_virtual_mark_parse (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  return length > 0 && text[length - 1] == '\0' ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static void
ohm_virtual_mark_on_value (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmVirtualMark) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) value = ohm_store_get_value_finish (OHM_STORE (source), result, &error);

  if (value != NULL)
    {
      self->is_stored = TRUE;
      self->stored = self->scanned = ohm_virtual_mark_parse (value);
      ohm_virtual_mark_see (self, self->stored);
    }
  if (self->is_stopped ||
      (value == NULL && !g_error_matches (error, OHM_ERROR, OHM_ERROR_NOT_FOUND)))
    ohm_virtual_mark_end_load (self, /* is_loaded */ FALSE);
  else if (!self->has_records)
    ohm_virtual_mark_end_load (self, /* is_loaded */ TRUE);
  else
    ohm_virtual_mark_scan (self);
}

void
ohm_virtual_mark_load (OhmVirtualMark *self, gboolean has_records)
{
  g_return_if_fail (OHM_IS_VIRTUAL_MARK (self));

  if (self->is_loading || self->is_loaded || self->is_stopped)
    return;
  self->is_loading = TRUE;
  self->has_records = has_records;
  self->scanned = 0;
  ohm_store_get_value_async (self->store, self->key, /* cancellable */ NULL,
                             ohm_virtual_mark_on_value, g_object_ref (self));
}

gboolean
ohm_virtual_mark_is_loading (OhmVirtualMark *self)
{
  g_return_val_if_fail (OHM_IS_VIRTUAL_MARK (self), FALSE);

  return self->is_loading;
}

void
ohm_virtual_mark_see (OhmVirtualMark *self, gint64 seq)
{
  g_return_if_fail (OHM_IS_VIRTUAL_MARK (self));

  self->seen = MAX (self->seen, seq);
}

void
ohm_virtual_mark_settle (OhmVirtualMark *self, gboolean is_urgent)
{
  g_autoptr (GBytes) value = NULL;
  char *text;

  g_return_if_fail (OHM_IS_VIRTUAL_MARK (self));

  if (!self->is_loaded || self->is_stopped || self->seen <= self->stored ||
      (self->is_stored && !is_urgent && self->seen - self->stored < LAG_MAX))
    return;
  text = g_strdup_printf ("%" G_GINT64_FORMAT, self->seen);
  value = g_bytes_new_take (text, strlen (text) + 1);
  ohm_store_set_value (self->store, self->key, value);
  self->stored = self->seen;
  self->is_stored = TRUE;
}

void
ohm_virtual_mark_stop (OhmVirtualMark *self)
{
  g_return_if_fail (OHM_IS_VIRTUAL_MARK (self));

  self->is_stopped = TRUE;
}

static void
ohm_virtual_mark_dispose (GObject *object)
{
  g_clear_object (&OHM_VIRTUAL_MARK (object)->store);

  G_OBJECT_CLASS (ohm_virtual_mark_parent_class)->dispose (object);
}

static void
ohm_virtual_mark_finalize (GObject *object)
{
  g_free (OHM_VIRTUAL_MARK (object)->key);

  G_OBJECT_CLASS (ohm_virtual_mark_parent_class)->finalize (object);
}

static void
ohm_virtual_mark_class_init (OhmVirtualMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_virtual_mark_dispose;
  object_class->finalize = ohm_virtual_mark_finalize;
}

static void
ohm_virtual_mark_init (OhmVirtualMark *self)
{
}

OhmVirtualMark *
ohm_virtual_mark_new (OhmStore *store, const char *place, OhmVirtualMarkFunc func, gpointer owner)
{
  OhmVirtualMark *self;

  g_return_val_if_fail (OHM_IS_STORE (store) && place != NULL && func != NULL, NULL);

  self = g_object_new (OHM_TYPE_VIRTUAL_MARK, NULL);
  self->store = g_object_ref (store);
  self->key = g_strconcat ("virtual/", place, NULL);
  self->func = func;
  self->owner = owner;
  return self;
}
