/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtual-slots.h"

#include "ohm-slot.h"
#include "ohm-virtual-mark.h"

/* Slots that one pass works on at most: a week. */
#define PASS_SLOTS 672

/* After the window of a slot, until a part without a record or a gap is taken to be missing: what
 * its recorder wrote is on its way through the store. */
#define MARGIN_US (30 * G_USEC_PER_SEC)

/* One part and what the store told of it for the pass. */
typedef struct
{
  char *place;
  gboolean is_negative;
  OhmStorePage *page; /* (owned) (nullable) */
  gint64 seq;         /* newest in the page: what came later is not in it */
  guint next_record;
  guint next_gap;
} OhmVirtualSeries;

struct _OhmVirtualSlots
{
  GObject parent_instance;

  OhmStore *store;   /* (owned) */
  OhmPlaces *places; /* (owned) */
  OhmClock *clock;   /* (owned) */
  char *place;       /* (owned) */
  GPtrArray *series; /* (owned) (element-type OhmVirtualSeries) */
  gint64 window_us;

  gboolean is_running;
  gboolean is_wanted; /* more came while a pass was under way */
  gboolean is_stopped;
  guint n_asked;  /* answers that are waited for */
  gint64 from_us; /* the pass: (from, to] */
  gint64 to_us;
  gboolean is_again;      /* the pass is about slots that were computed before */
  gint64 cursor_us;       /* slots up to here are done */
  gint64 changed_from_us; /* first and last changed slot behind the cursor; 0 if there is none */
  gint64 changed_to_us;
  gboolean has_redone;  /* something behind the cursor was done since the mark was written */
  OhmVirtualMark *mark; /* (owned) */
  GHashTable *layouts;  /* (owned): by the point sets of the parts, of one pass */
};

G_DEFINE_FINAL_TYPE (OhmVirtualSlots, ohm_virtual_slots, G_TYPE_OBJECT)

static void ohm_virtual_slots_begin (OhmVirtualSlots *self);

static void
ohm_virtual_series_reset (OhmVirtualSeries *self)
{
  g_clear_pointer (&self->page, ohm_store_page_free);
  self->next_record = 0;
  self->next_gap = 0;
}

static void
ohm_virtual_series_free (OhmVirtualSeries *self)
{
  ohm_virtual_series_reset (self);
  g_free (self->place);
  g_free (self);
}

/* (nullable): the record at @slot_us; slots are asked for in their order */
static OhmRecord *
ohm_virtual_series_get (OhmVirtualSeries *self, gint64 slot_us)
{
  GPtrArray *records = self->page->records;
  OhmRecord *record;

  while (self->next_record < records->len &&
         ((OhmRecord *) g_ptr_array_index (records, self->next_record))->slot_us < slot_us)
    self->next_record++;
  if (self->next_record == records->len)
    return NULL;
  record = g_ptr_array_index (records, self->next_record);
  return record->slot_us == slot_us ? record : NULL;
}

static gboolean
ohm_virtual_series_has_gap (OhmVirtualSeries *self, gint64 slot_us)
{
  GPtrArray *gaps = self->page->gaps;
  const OhmRecord *gap;

  while (self->next_gap < gaps->len &&
         ((OhmRecord *) g_ptr_array_index (gaps, self->next_gap))->slot_us < slot_us)
    self->next_gap++;
  if (self->next_gap == gaps->len)
    return FALSE;
  gap = g_ptr_array_index (gaps, self->next_gap);
  return gap->from_us < slot_us;
}

/* --- one slot --- */

/* Which runs of which parts, with what is done to them: `runs 3+5*40-4~`. */
static char *
ohm_virtual_slots_dup_parts (OhmVirtualSlots *self, OhmRecord *const *records)
{
  GString *parts = g_string_new (OHM_RUN_OF_PARTS);

  for (guint i = 0; i < self->series->len; i++)
    {
      const OhmVirtualSeries *series = g_ptr_array_index (self->series, i);
      const OhmPlace *place = ohm_places_get (self->places, series->place);
      char factor[G_ASCII_DTOSTR_BUF_SIZE];

      if (i > 0 || series->is_negative)
        g_string_append_c (parts, series->is_negative ? '-' : '+');
      g_string_append_printf (parts, "%" G_GINT64_FORMAT, records[i]->run);
      if (place != NULL && (place->factor < 1 || place->factor > 1))
        g_string_append_printf (parts, "*%s",
                                g_ascii_dtostr (factor, sizeof factor, place->factor));
      if (place != NULL && place->is_inverted)
        g_string_append_c (parts, '~');
    }
  return g_string_free (parts, FALSE);
}

/* (transfer full) (nullable): the layout for these records; %NULL if a place is gone */
static OhmVirtualLayout *
ohm_virtual_slots_find_layout (OhmVirtualSlots *self, OhmRecord *const *records)
{
  g_autofree OhmVirtualPart *parts = g_new0 (OhmVirtualPart, self->series->len);
  g_autoptr (GString) key = g_string_new (NULL);
  OhmVirtualLayout *layout;

  for (guint i = 0; i < self->series->len; i++)
    {
      const OhmVirtualSeries *series = g_ptr_array_index (self->series, i);

      parts[i].place = ohm_places_get (self->places, series->place);
      parts[i].is_negative = series->is_negative;
      parts[i].points = records[i]->points;
      if (parts[i].place == NULL)
        return NULL;
      g_string_append_printf (key, "%s ", ohm_point_set_get_id (records[i]->points));
    }
  layout = g_hash_table_lookup (self->layouts, key->str);
  if (layout == NULL)
    {
      layout = ohm_virtual_layout_new (parts, self->series->len);
      g_hash_table_insert (self->layouts, g_strdup (key->str), layout);
    }
  return ohm_virtual_layout_ref (layout);
}

static void
ohm_virtual_slots_add_cells (OhmVirtualSlots *self,
                             OhmVirtualLayout *layout,
                             OhmRecord *const *records,
                             OhmRecord *sum)
{
  g_autofree OhmVirtualValues *values = g_new0 (OhmVirtualValues, self->series->len);

  for (guint i = 0; i < self->series->len; i++)
    {
      values[i].cells = records[i]->cells;
      values[i].qualities = records[i]->qualities;
      sum->read_us = MAX (sum->read_us, records[i]->read_us);
      sum->flags |= records[i]->flags & OHM_RECORD_CLOCK_UNSURE;
    }
  for (guint i = 0; i < ohm_point_set_get_n (sum->points); i++)
    sum->qualities[i] = (guint8) ohm_virtual_layout_add_up (layout, i, values, &sum->cells[i],
                                                            /* ret_time_us */ NULL);
}

/* (transfer full) (nullable): %NULL if the parts have nothing that adds up */
static OhmComputed *
ohm_virtual_slots_compute (OhmVirtualSlots *self, OhmRecord *const *records)
{
  g_autoptr (OhmVirtualLayout) layout = ohm_virtual_slots_find_layout (self, records);
  OhmComputed *computed;

  if (layout == NULL || ohm_point_set_get_n (ohm_virtual_layout_get_points (layout)) == 0)
    return NULL;
  computed = g_new0 (OhmComputed, 1);
  computed->record = ohm_record_new (self->place, ohm_virtual_layout_get_points (layout));
  computed->record->slot_us = records[0]->slot_us;
  computed->record->origin = OHM_ORIGIN_COMPUTED;
  computed->parts = ohm_virtual_slots_dup_parts (self, records);
  for (guint i = 0; i < self->series->len; i++)
    computed->is_break = computed->is_break || (records[i]->flags & OHM_RECORD_RESET) != 0;
  ohm_virtual_slots_add_cells (self, layout, records, computed->record);
  return computed;
}

/* (transfer full): "nothing up to and with this slot, for want of @part" */
static OhmComputed *
ohm_virtual_slots_miss (OhmVirtualSlots *self, gint64 slot_us, const char *part)
{
  g_autoptr (OhmPointSet) none = ohm_point_set_intern (NULL, 0);
  OhmComputed *computed = g_new0 (OhmComputed, 1);

  computed->record = ohm_record_new (self->place, none);
  computed->record->is_gap = TRUE;
  computed->record->slot_us = slot_us;
  computed->record->cause = OHM_GAP_PART_MISSING;
  computed->record->part = g_strdup (part);
  return computed;
}

typedef enum
{
  OHM_VIRTUAL_SLOT_COMPLETE,
  OHM_VIRTUAL_SLOT_MISSING,
  OHM_VIRTUAL_SLOT_WAITS, /* a part may still be recorded */
} OhmVirtualSlotState;

/* Gathers the parts' records of a slot. @ret_part: which one is missing */
static OhmVirtualSlotState
ohm_virtual_slots_gather (OhmVirtualSlots *self,
                          gint64 slot_us,
                          OhmRecord **records,
                          const char **ret_part)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gboolean is_late = wall_us > slot_us + self->window_us + MARGIN_US;
  OhmVirtualSlotState state = OHM_VIRTUAL_SLOT_COMPLETE;

  for (guint i = 0; i < self->series->len; i++)
    {
      OhmVirtualSeries *series = g_ptr_array_index (self->series, i);

      records[i] = ohm_virtual_series_get (series, slot_us);
      if (records[i] != NULL || state == OHM_VIRTUAL_SLOT_MISSING)
        continue;
      *ret_part = series->place;
      state = is_late || ohm_virtual_series_has_gap (series, slot_us) ? OHM_VIRTUAL_SLOT_MISSING
                                                                      : OHM_VIRTUAL_SLOT_WAITS;
    }
  return state;
}

/* --- one pass --- */

/* Without a record of its own, the sum begins where all of its parts do. */
static gint64
ohm_virtual_slots_first_us (OhmVirtualSlots *self)
{
  gint64 first_us = 0;

  for (guint i = 0; i < self->series->len; i++)
    {
      const OhmVirtualSeries *series = g_ptr_array_index (self->series, i);

      if (series->page->records->len == 0)
        return G_MAXINT64;
      first_us = MAX (first_us,
                      ((OhmRecord *) g_ptr_array_index (series->page->records, 0))->slot_us);
    }
  return first_us;
}

/* How far the pages of all parts reach. */
static gint64
ohm_virtual_slots_reach_us (OhmVirtualSlots *self)
{
  gint64 reach_us = self->to_us;

  for (guint i = 0; i < self->series->len; i++)
    {
      const OhmVirtualSeries *series = g_ptr_array_index (self->series, i);

      if (series->page->next_us != 0)
        reach_us = MIN (reach_us, series->page->next_us);
    }
  return ohm_slot_at_or_before (reach_us);
}

/* Missing slots in a row are one hint, about the last of them. @missing: (transfer full) */
static void
ohm_virtual_slots_add_missing (GPtrArray *list, gint64 slot_us, OhmComputed *missing)
{
  OhmComputed *last = list->len > 0 ? g_ptr_array_index (list, list->len - 1) : NULL;

  if (last == NULL || !last->record->is_gap ||
      !g_str_equal (last->record->part, missing->record->part))
    {
      g_ptr_array_add (list, missing);
      return;
    }
  last->record->slot_us = slot_us;
  ohm_computed_free (missing);
}

/* What came of one slot goes to @list. Returns: %FALSE if it has to be waited for */
static gboolean
ohm_virtual_slots_work_on (OhmVirtualSlots *self,
                           gint64 slot_us,
                           OhmRecord **records,
                           GPtrArray *list)
{
  const char *part = NULL;
  OhmVirtualSlotState state = ohm_virtual_slots_gather (self, slot_us, records, &part);
  OhmComputed *computed;

  if (state == OHM_VIRTUAL_SLOT_WAITS && !self->is_again)
    return FALSE;
  if (state == OHM_VIRTUAL_SLOT_MISSING && !self->is_again)
    ohm_virtual_slots_add_missing (list, slot_us, ohm_virtual_slots_miss (self, slot_us, part));
  if (state != OHM_VIRTUAL_SLOT_COMPLETE)
    return TRUE;
  computed = ohm_virtual_slots_compute (self, records);
  if (computed != NULL)
    g_ptr_array_add (list, computed);
  return TRUE;
}

/* (transfer full): what came of the slots up to @ret_done_us */
static GPtrArray *
ohm_virtual_slots_work (OhmVirtualSlots *self, gint64 reach_us, gint64 *ret_done_us)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_computed_free);
  g_autofree OhmRecord **records = g_new0 (OhmRecord *, self->series->len);
  gint64 slot_us = self->from_us + OHM_SLOT_US;

  if (self->from_us == 0)
    slot_us = MAX (slot_us, ohm_virtual_slots_first_us (self));
  for (; slot_us <= reach_us; slot_us += OHM_SLOT_US)
    if (!ohm_virtual_slots_work_on (self, slot_us, records, list))
      break;
  *ret_done_us = MIN (slot_us - OHM_SLOT_US, reach_us);
  return list;
}

/* Slots (@from_us, @to_us] are to be computed again. */
static void
ohm_virtual_slots_note_change (OhmVirtualSlots *self, gint64 from_us, gint64 to_us)
{
  gboolean is_first = self->changed_from_us == 0;

  from_us += OHM_SLOT_US;
  self->changed_from_us = is_first ? from_us : MIN (self->changed_from_us, from_us);
  self->changed_to_us = is_first ? to_us : MAX (self->changed_to_us, to_us);
}

/* Nothing more can be done now. */
static void
ohm_virtual_slots_rest (OhmVirtualSlots *self)
{
  if (self->changed_from_us != 0 || self->is_stopped)
    return;
  ohm_virtual_mark_settle (self->mark, self->has_redone);
  self->has_redone = FALSE;
}

static void
ohm_virtual_slots_end_pass (OhmVirtualSlots *self)
{
  for (guint i = 0; i < self->series->len; i++)
    ohm_virtual_series_reset (g_ptr_array_index (self->series, i));
  g_hash_table_remove_all (self->layouts);
  self->n_asked = 0;
  self->is_running = FALSE;
  if (self->is_wanted && !self->is_stopped)
    ohm_virtual_slots_begin (self);
  else
    ohm_virtual_slots_rest (self);
}

static void
ohm_virtual_slots_on_appended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmVirtualSlots) self = user_data;

  /* what could not be written now waits in the store */
  ohm_store_append_computed_finish (OHM_STORE (source), result, /* error */ NULL);
  ohm_virtual_slots_end_pass (self);
}

/* All parts were told: computes, and goes on behind what was computed. */
static void
ohm_virtual_slots_finish_pass (OhmVirtualSlots *self)
{
  gint64 reach_us = ohm_virtual_slots_reach_us (self);
  gint64 done_us;
  g_autoptr (GPtrArray) list = ohm_virtual_slots_work (self, reach_us, &done_us);

  if (self->is_again && done_us < self->to_us)
    ohm_virtual_slots_note_change (self, done_us, self->to_us);
  if (!self->is_again)
    self->cursor_us = MAX (self->cursor_us, done_us);
  self->has_redone = self->has_redone || self->is_again;
  self->is_wanted = self->is_wanted || self->is_again ||
                    (done_us == reach_us && done_us < self->to_us);
  if (list->len > 0)
    ohm_store_append_computed_async (self->store, g_steal_pointer (&list),
                                     ohm_virtual_slots_on_appended, g_object_ref (self));
  else
    ohm_virtual_slots_end_pass (self);
}

/* The store failed, or knows no such place yet: the next record of a part tries again. */
static void
ohm_virtual_slots_fail_pass (OhmVirtualSlots *self)
{
  if (self->is_again)
    ohm_virtual_slots_note_change (self, self->from_us, self->to_us);
  self->is_wanted = FALSE;
  ohm_virtual_slots_end_pass (self);
}

static gint64
ohm_virtual_slots_get_newest_seq (const OhmStorePage *page)
{
  gint64 seq = 0;

  for (guint i = 0; i < page->records->len; i++)
    seq = MAX (seq, ((OhmRecord *) g_ptr_array_index (page->records, i))->seq);
  return seq;
}

static void ohm_virtual_slots_ask (OhmVirtualSlots *self);

static void
ohm_virtual_slots_on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmVirtualSlots) self = user_data;
  OhmVirtualSeries *series = g_ptr_array_index (self->series, self->series->len - self->n_asked);

  series->page = ohm_store_query_finish (OHM_STORE (source), result, /* error */ NULL);
  self->n_asked--;
  if (series->page == NULL || self->is_stopped)
    {
      ohm_virtual_slots_fail_pass (self);
      return;
    }
  series->seq = ohm_virtual_slots_get_newest_seq (series->page);
  if (self->n_asked > 0)
    ohm_virtual_slots_ask (self);
  else
    ohm_virtual_slots_finish_pass (self);
}

/* Asks for the next part. */
static void
ohm_virtual_slots_ask (OhmVirtualSlots *self)
{
  const OhmVirtualSeries *series = g_ptr_array_index (self->series,
                                                      self->series->len - self->n_asked);
  const OhmStoreQuery query = {
    .place = series->place,
    .from_us = self->from_us,
    .to_us = self->to_us,
    .max = PASS_SLOTS,
  };

  ohm_store_query_async (self->store, &query, /* cancellable */ NULL, ohm_virtual_slots_on_page,
                         g_object_ref (self));
}

/* What changed behind the end goes first: it is little. It is the pass's from here on, so that what
 * changes while it runs is kept apart; what is ahead of the end comes by itself. */
static void
ohm_virtual_slots_choose (OhmVirtualSlots *self)
{
  OhmPlaceStatus status = { 0 };

  ohm_places_get_status (self->places, self->place, &status);
  self->cursor_us = MAX (self->cursor_us, status.slot_us);
  self->is_again = self->changed_from_us != 0 && self->changed_from_us <= self->cursor_us;
  self->from_us = self->is_again ? self->changed_from_us - OHM_SLOT_US : self->cursor_us;
  self->to_us = self->is_again ? MIN (self->changed_to_us, self->cursor_us)
                               : ohm_slot_at_or_before (ohm_clock_get_wall_us (self->clock));
  self->changed_from_us = 0;
  self->changed_to_us = 0;
}

static void
ohm_virtual_slots_begin (OhmVirtualSlots *self)
{
  self->is_wanted = FALSE;
  ohm_virtual_slots_choose (self);
  ohm_virtual_mark_load (self->mark, self->cursor_us != 0);
  if (self->to_us <= self->from_us)
    {
      ohm_virtual_slots_rest (self);
      return;
    }
  self->is_running = TRUE;
  self->n_asked = self->series->len;
  ohm_virtual_slots_ask (self);
}

void
ohm_virtual_slots_catch_up (OhmVirtualSlots *self)
{
  g_return_if_fail (OHM_IS_VIRTUAL_SLOTS (self));

  if (self->is_running || self->is_stopped)
    self->is_wanted = TRUE;
  else
    ohm_virtual_slots_begin (self);
}

/* (nullable) */
static OhmVirtualSeries *
ohm_virtual_slots_find_part (OhmVirtualSlots *self, const char *place)
{
  for (guint i = 0; i < self->series->len; i++)
    {
      OhmVirtualSeries *series = g_ptr_array_index (self->series, i);

      if (g_str_equal (series->place, place))
        return series;
    }
  return NULL;
}

/* Whether the pass under way is too late to notice the record, and moves the end past its slot. */
static gboolean
ohm_virtual_slots_overtakes (OhmVirtualSlots *self,
                             const OhmVirtualSeries *series,
                             const OhmRecord *record)
{
  return self->is_running && !self->is_again && record->slot_us <= self->to_us &&
         series->page != NULL && record->seq > series->seq;
}

static void
ohm_virtual_slots_note_record (OhmVirtualSlots *self, const OhmRecord *record)
{
  const OhmVirtualSeries *series = ohm_virtual_slots_find_part (self, record->place);

  if (series != NULL && !record->is_gap &&
      (record->slot_us <= self->cursor_us || ohm_virtual_slots_overtakes (self, series, record)))
    ohm_virtual_slots_note_change (self, record->slot_us - OHM_SLOT_US, record->slot_us);
}

static void
ohm_virtual_slots_on_behind_mark (const OhmRecord *record, gpointer owner)
{
  if (record != NULL)
    ohm_virtual_slots_note_record (owner, record);
  else
    ohm_virtual_slots_catch_up (owner);
}

void
ohm_virtual_slots_take (OhmVirtualSlots *self, const OhmRecord *record)
{
  g_return_if_fail (OHM_IS_VIRTUAL_SLOTS (self) && record != NULL);

  if (ohm_virtual_slots_find_part (self, record->place) == NULL)
    return;
  ohm_virtual_mark_see (self->mark, record->seq);
  ohm_virtual_slots_note_record (self, record);
  ohm_virtual_slots_catch_up (self);
}

void
ohm_virtual_slots_set_window_us (OhmVirtualSlots *self, gint64 window_us)
{
  g_return_if_fail (OHM_IS_VIRTUAL_SLOTS (self));

  self->window_us = window_us;
}

void
ohm_virtual_slots_stop (OhmVirtualSlots *self)
{
  g_return_if_fail (OHM_IS_VIRTUAL_SLOTS (self));

  self->is_stopped = TRUE;
  ohm_virtual_mark_stop (self->mark);
}

gboolean
ohm_virtual_slots_is_idle (OhmVirtualSlots *self)
{
  g_return_val_if_fail (OHM_IS_VIRTUAL_SLOTS (self), TRUE);

  return !self->is_running && !ohm_virtual_mark_is_loading (self->mark);
}

static void
ohm_virtual_slots_dispose (GObject *object)
{
  OhmVirtualSlots *self = OHM_VIRTUAL_SLOTS (object);

  if (self->mark != NULL)
    ohm_virtual_mark_stop (self->mark);
  g_clear_object (&self->mark);
  g_clear_object (&self->clock);
  g_clear_object (&self->places);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ohm_virtual_slots_parent_class)->dispose (object);
}

static void
ohm_virtual_slots_finalize (GObject *object)
{
  OhmVirtualSlots *self = OHM_VIRTUAL_SLOTS (object);

  g_free (self->place);
  g_ptr_array_unref (self->series);
  g_hash_table_unref (self->layouts);

  G_OBJECT_CLASS (ohm_virtual_slots_parent_class)->finalize (object);
}

static void
ohm_virtual_slots_class_init (OhmVirtualSlotsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_virtual_slots_dispose;
  object_class->finalize = ohm_virtual_slots_finalize;
}

static void
ohm_virtual_slots_init (OhmVirtualSlots *self)
{
  self->window_us = OHM_SLOT_WINDOW_US;
  self->series = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_virtual_series_free);
  self->layouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) ohm_virtual_layout_unref);
}

OhmVirtualSlots *
ohm_virtual_slots_new (OhmStore *store,
                       OhmPlaces *places,
                       OhmClock *clock,
                       const char *place,
                       GPtrArray *terms)
{
  OhmVirtualSlots *self;

  g_return_val_if_fail (OHM_IS_STORE (store) && OHM_IS_PLACES (places), NULL);
  g_return_val_if_fail (place != NULL && terms != NULL && terms->len > 0, NULL);

  self = g_object_new (OHM_TYPE_VIRTUAL_SLOTS, NULL);
  self->store = g_object_ref (store);
  self->places = g_object_ref (places);
  self->clock = g_object_ref (clock);
  self->place = g_strdup (place);
  self->mark = ohm_virtual_mark_new (store, place, ohm_virtual_slots_on_behind_mark, self);
  for (guint i = 0; i < terms->len; i++)
    {
      const OhmVirtualTerm *term = g_ptr_array_index (terms, i);
      OhmVirtualSeries *series = g_new0 (OhmVirtualSeries, 1);

      series->place = g_strdup (term->place);
      series->is_negative = term->is_negative;
      g_ptr_array_add (self->series, series);
    }
  return self;
}
