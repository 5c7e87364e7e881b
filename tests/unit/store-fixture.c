/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "store-fixture.h"

#include <glib/gstdio.h>

#define FOREVER_US (OHM_FIXTURE_T0_US * 2)

static void
fixture_on_interval (const OhmRecord *record, gpointer owner)
{
  g_ptr_array_add (g_object_get_data (owner, "announced"),
                   ohm_record_ref ((OhmRecord *) (guintptr) record));
}

void
fixture_set_up (OhmStoreFixture *self, gconstpointer data)
{
  self->dir = g_dir_make_tmp ("ohm-store-XXXXXX", NULL);
  g_assert_nonnull (self->dir);
  self->path = g_build_filename (self->dir, "store.db", NULL);
  self->clock = ohm_clock_new_manual (OHM_FIXTURE_T0_US, G_USEC_PER_SEC);
  self->watcher = ohm_watcher_new (self->clock, NULL);
  self->bus = ohm_bus_new ();
  self->announced = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  self->opened = g_ptr_array_new ();
  self->listener = g_object_new (G_TYPE_OBJECT, NULL);
  g_object_set_data (self->listener, "announced", self->announced);
  ohm_bus_connect_interval (self->bus, "test", fixture_on_interval, self->listener);
}

static void
fixture_remove_dir (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      g_assert_cmpint (g_remove (child), ==, 0);
    }
  g_rmdir (path);
}

void
fixture_tear_down (OhmStoreFixture *self, gconstpointer data)
{
  fixture_close (self);
  ohm_bus_disconnect (self->bus, self->listener);
  g_clear_object (&self->listener);
  g_clear_object (&self->bus);
  g_clear_object (&self->watcher);
  g_assert_finalize_object (self->clock);
  g_ptr_array_unref (self->announced);
  g_ptr_array_unref (self->opened);
  fixture_remove_dir (self->dir);
  g_free (self->dir);
  g_free (self->path);
}

void
fixture_on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **at = user_data;

  *at = g_object_ref (result);
}

GAsyncResult *
fixture_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
fixture_on_content (const OhmStoreContent *content, gpointer user_data)
{
  OhmStoreFixture *self = user_data;

  g_ptr_array_add (self->opened, GUINT_TO_POINTER (content->places->len + 1));
}

void
fixture_make_store (OhmStoreFixture *self, const OhmStoreLimits *limits)
{
  self->store = ohm_store_new (self->path, self->bus, self->watcher, limits);
  ohm_store_set_content_func (self->store, fixture_on_content, self);
}

OhmStoreContent *
fixture_try_open (OhmStoreFixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ohm_store_open_async (self->store, NULL, fixture_on_ready, &result);
  return ohm_store_open_finish (self->store, fixture_wait (&result), error);
}

void
fixture_open (OhmStoreFixture *self)
{
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;

  fixture_make_store (self, NULL);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_nonnull (content);
}

gboolean
fixture_close (OhmStoreFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_written;

  if (self->store == NULL)
    return TRUE;
  ohm_store_close_async (self->store, fixture_on_ready, &result);
  is_written = ohm_store_close_finish (self->store, fixture_wait (&result), &error);
  g_assert_true (is_written == (error == NULL));
  g_clear_object (&result);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (self->store);
  self->store = NULL;
  return is_written;
}

void
fixture_settle (OhmStoreFixture *self)
{
  OhmStoreStats stats;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  /* queries go behind all commits */
  for (guint i = 0; i < 3 && self->store != NULL; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;

      ohm_store_get_stats_async (self->store, NULL, fixture_on_ready, &result);
      ohm_store_get_stats_finish (self->store, fixture_wait (&result), &stats, NULL);
    }
}

void
fixture_move (OhmStoreFixture *self, gint64 us)
{
  ohm_clock_move (self->clock, ohm_clock_get_wall_us (self->clock) + us,
                  ohm_clock_get_mono_us (self->clock) + us);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
fixture_pass (OhmStoreFixture *self, gint64 us)
{
  ohm_clock_move (self->clock, ohm_clock_get_wall_us (self->clock) + us,
                  ohm_clock_get_mono_us (self->clock) + us);
  fixture_settle (self);
}

void
fixture_set_wall (OhmStoreFixture *self, gint64 wall_us)
{
  ohm_clock_move (self->clock, wall_us, ohm_clock_get_mono_us (self->clock));
  fixture_settle (self);
}

OhmPointSet *
fixture_points (void)
{
  OhmPoint points[3];

  g_assert_true (ohm_point_parse ("energy-active-import.total", NULL, FALSE, &points[0], NULL));
  g_assert_true (ohm_point_parse ("energy-active-export.total", NULL, FALSE, &points[1], NULL));
  g_assert_true (ohm_point_parse ("pulse-count", NULL, TRUE, &points[2], NULL));
  return ohm_point_set_intern (points, G_N_ELEMENTS (points));
}

OhmRecord *
fixture_record (const char *place, gint64 slot_us, double import, gint64 count)
{
  g_autoptr (OhmPointSet) points = fixture_points ();
  OhmRecord *record = ohm_record_new (place, points);

  record->slot_us = slot_us;
  record->read_us = slot_us + 300000;
  record->profile_revision = 7;
  record->cells[0].real = import;
  record->cells[1].real = import * 2;
  record->cells[2].integer = count;
  for (guint i = 0; i < 3; i++)
    record->qualities[i] = OHM_QUALITY_GOOD;
  return record;
}

OhmRecord *
fixture_gap (const char *place, gint64 slot_us, OhmGapCause cause)
{
  g_autoptr (OhmPointSet) none = ohm_point_set_intern (NULL, 0);
  OhmRecord *gap = ohm_record_new (place, none);

  gap->is_gap = TRUE;
  gap->slot_us = slot_us;
  gap->cause = cause;
  return gap;
}

gboolean
fixture_append (OhmStoreFixture *self, OhmRecord *record, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  g_ptr_array_add (records, record);
  ohm_store_append_async (self->store, records, fixture_on_ready, &result);
  return ohm_store_append_finish (self->store, fixture_wait (&result), error);
}

OhmStorePage *
fixture_query_range (OhmStoreFixture *self,
                     const char *place,
                     gint64 from_us,
                     gint64 to_us,
                     guint max)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  OhmStoreQuery query = { place, from_us, to_us, max };
  OhmStorePage *page;

  ohm_store_query_async (self->store, &query, NULL, fixture_on_ready, &result);
  page = ohm_store_query_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return page;
}

OhmStorePage *
fixture_query (OhmStoreFixture *self, const char *place)
{
  return fixture_query_range (self, place, 0, FOREVER_US, 0);
}

void
fixture_get_stats (OhmStoreFixture *self, OhmStoreStats *ret_stats)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_store_get_stats_async (self->store, NULL, fixture_on_ready, &result);
  ohm_store_get_stats_finish (self->store, fixture_wait (&result), ret_stats, &error);
  g_assert_no_error (error);
}

static gint64
fixture_quarter (gint64 slot_us)
{
  g_assert_cmpint (slot_us % OHM_SLOT_US, ==, 0);
  return (slot_us - OHM_FIXTURE_T0_US) / OHM_SLOT_US;
}

static void
fixture_describe_record (GString *text, const OhmRecord *record)
{
  g_autofree char *value = NULL;

  if (text->len > 0)
    g_string_append_c (text, ' ');
  if (record->is_gap)
    {
      g_string_append_printf (text, "%s:%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT ":%s",
                              record->read_us == 0 ? "open" : "gap",
                              fixture_quarter (record->from_us), fixture_quarter (record->slot_us),
                              ohm_gap_cause_to_string (record->cause));
      if (ohm_point_set_get_n (record->points) == 0 || record->qualities[0] != OHM_QUALITY_GOOD)
        return;
    }
  else
    {
      g_string_append_printf (text, "%" G_GINT64_FORMAT, fixture_quarter (record->slot_us));
    }
  value = record->qualities[0] == OHM_QUALITY_GOOD
            ? g_strdup_printf ("%" G_GINT64_FORMAT, (gint64) (record->cells[0].real + 1e-6))
            : g_strdup ("none");
  g_string_append_printf (text, ":%s", value);
}

char *
fixture_describe (OhmStoreFixture *self, const char *place)
{
  g_autoptr (OhmStorePage) page = fixture_query (self, place);
  GString *text = g_string_new (NULL);
  guint g = 0;

  for (guint i = 0; i < page->records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (page->records, i);

      for (; g < page->gaps->len; g++)
        {
          const OhmRecord *gap = g_ptr_array_index (page->gaps, g);

          if (gap->from_us >= record->slot_us)
            break;
          fixture_describe_record (text, gap);
        }
      fixture_describe_record (text, record);
    }
  for (; g < page->gaps->len; g++)
    fixture_describe_record (text, g_ptr_array_index (page->gaps, g));
  return g_string_free (text, FALSE);
}

void
fixture_assert_series (OhmStoreFixture *self, const char *place, const char *expected)
{
  g_autofree char *text = fixture_describe (self, place);

  g_assert_cmpstr (text, ==, expected);
}

OhmTrendRow *
fixture_trend_row (const char *place, gint64 minute_us)
{
  OhmTrendRow *row = g_new0 (OhmTrendRow, 1);
  OhmPoint point;

  g_assert_true (ohm_point_parse ("power-active.total", NULL, FALSE, &point, NULL));
  row->place = g_strdup (place);
  row->minute_us = minute_us;
  row->points = ohm_point_set_intern (&point, 1);
  row->n = 1;
  row->values[0] = (OhmTrendPoint){ .count = 1, .min = 1, .mean = 1, .max = 1 };
  return row;
}
