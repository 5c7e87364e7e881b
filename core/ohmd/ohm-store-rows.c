/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

/* Columns of OHM_STORE_INTERVAL_COLUMNS and OHM_STORE_GAP_COLUMNS. */
enum
{
  COLUMN_PLACE,
  COLUMN_RUN,
  COLUMN_SLOT,
  COLUMN_SEQ,
  COLUMN_READ,
  COLUMN_ORIGIN_OR_CAUSE,
  COLUMN_FLAGS,
  COLUMN_REVISION_OR_FROM,
  COLUMN_POINTS,
  COLUMN_DATA,
  COLUMN_PART,
};

static void
ohm_store_fill_from_row (OhmRecord *record, OhmStatement *row, gboolean is_gap)
{
  record->is_gap = is_gap;
  record->run = ohm_statement_get_integer (row, COLUMN_RUN);
  record->slot_us = ohm_store_slot_from_number (ohm_statement_get_integer (row, COLUMN_SLOT));
  record->seq = ohm_statement_get_integer (row, COLUMN_SEQ);
  record->read_us = ohm_statement_get_integer (row, COLUMN_READ);
  record->flags = (guint) ohm_statement_get_integer (row, COLUMN_FLAGS);
  if (is_gap)
    {
      gint64 from = ohm_statement_get_integer (row, COLUMN_REVISION_OR_FROM);

      record->cause = (OhmGapCause) ohm_statement_get_integer (row, COLUMN_ORIGIN_OR_CAUSE);
      record->from_us = ohm_store_slot_from_number (from);
      record->part = g_strdup (ohm_statement_get_text (row, COLUMN_PART));
    }
  else
    {
      record->origin = (OhmOrigin) ohm_statement_get_integer (row, COLUMN_ORIGIN_OR_CAUSE);
      record->profile_revision = (guint) ohm_statement_get_integer (row, COLUMN_REVISION_OR_FROM);
    }
}

void
ohm_store_make_key (OhmStoreKey *key, const OhmRecord *record, gint64 points)
{
  *key = (OhmStoreKey){ {
    record->run,
    ohm_store_slot_to_number (record->slot_us),
    record->seq,
    record->read_us,
    record->is_gap ? (gint64) record->cause : (gint64) record->origin,
    record->flags,
    record->is_gap ? ohm_store_slot_to_number (record->from_us) : record->profile_revision,
    points,
  } };
}

OhmRecord *
ohm_store_record_from_row (OhmStoreBackend *self,
                           OhmStatement *row,
                           gboolean is_gap,
                           GError **error)
{
  gint64 number = ohm_statement_get_integer (row, COLUMN_POINTS);
  OhmStorePoints *points = ohm_store_get_points (self, number, error);
  g_autoptr (OhmRecord) record = NULL;
  g_autoptr (GBytes) data = NULL;
  const guint8 *blob;
  gsize length;
  OhmStoreKey key;

  if (points == NULL)
    return NULL;
  record = ohm_record_new (ohm_statement_get_text (row, COLUMN_PLACE), points->points);
  ohm_store_fill_from_row (record, row, is_gap);
  ohm_store_make_key (&key, record, number);
  blob = ohm_statement_get_blob (row, COLUMN_DATA, &length);
  data = g_bytes_new_static (blob, length);
  ohm_store_decode (self, &key, points, data, record);
  return g_steal_pointer (&record);
}

OhmRecord *
ohm_store_step_record (OhmStoreBackend *self, OhmStatement *row, gboolean is_gap, GError **error)
{
  if (!ohm_database_step (self->database, row, error))
    return NULL;
  return ohm_store_record_from_row (self, row, is_gap, error);
}

OhmRecord *
ohm_store_get_newest (OhmStoreBackend *self, gint64 place, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM runs AS r JOIN intervals AS i ON i.run = r.number"
    " JOIN places AS p ON p.number = r.place WHERE r.place = ?"
    " ORDER BY r.number DESC, i.slot DESC LIMIT 1",
    "i", place);

  return row != NULL ? ohm_store_step_record (self, row, /* is_gap */ FALSE, error) : NULL;
}

OhmRecord *
ohm_store_get_newest_gap (OhmStoreBackend *self, gint64 place, GError **error)
{
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT " OHM_STORE_GAP_COLUMNS " FROM gaps AS g JOIN places AS p ON p.number = g.place"
    " WHERE g.place = ? ORDER BY g.from_slot DESC LIMIT 1",
    "i", place);

  return row != NULL ? ohm_store_step_record (self, row, /* is_gap */ TRUE, error) : NULL;
}

static gboolean
ohm_store_put_interval (OhmStoreBackend *self, OhmRecord *record, GError **error)
{
  gint64 points = ohm_store_put_points (self, record->points, error);
  g_autoptr (GBytes) data = NULL;
  OhmStoreKey key;

  if (points < 0)
    return FALSE;
  ohm_store_make_key (&key, record, points);
  data = ohm_store_encode (&key, record);
  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO intervals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           "iiiiiiiib", key.numbers[0], key.numbers[1], key.numbers[2],
                           key.numbers[3], key.numbers[4], key.numbers[5], key.numbers[6], points,
                           data);
}

static gboolean
ohm_store_put_gap_row (OhmStoreBackend *self, gint64 place, OhmRecord *gap, GError **error)
{
  gint64 points = ohm_store_put_points (self, gap->points, error);
  g_autoptr (GBytes) data = NULL;
  OhmStoreKey key;

  if (points < 0)
    return FALSE;
  ohm_store_make_key (&key, gap, points);
  data = ohm_store_encode (&key, gap);
  return ohm_database_run (self->database, error,
                           "INSERT OR REPLACE INTO gaps (place, run, to_slot, seq, read_us, cause,"
                           " flags, from_slot, points, data, part) VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
                           " ?, ?, (SELECT number FROM places WHERE id = ?))",
                           "iiiiiiiiibt", place, key.numbers[0], key.numbers[1], key.numbers[2],
                           key.numbers[3], key.numbers[4], key.numbers[5], key.numbers[6], points,
                           data, gap->part);
}

gboolean
ohm_store_put (OhmStoreBackend *self, gint64 place, OhmRecord *record, GError **error)
{
  return record->is_gap ? ohm_store_put_gap_row (self, place, record, error)
                        : ohm_store_put_interval (self, record, error);
}

gboolean
ohm_store_drop_gap (OhmStoreBackend *self, gint64 place, const OhmRecord *gap, GError **error)
{
  return ohm_database_run (self->database, error,
                           "DELETE FROM gaps WHERE place = ? AND from_slot = ?", "ii", place,
                           ohm_store_slot_to_number (gap->from_us));
}
