/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include "ohm-crc32c.h"

#include <string.h>

#define CELL_BYTES     8
#define CHECKSUM_BYTES 4

gint64
ohm_store_slot_to_number (gint64 slot_us)
{
  return slot_us / OHM_SLOT_US;
}

gint64
ohm_store_slot_from_number (gint64 number)
{
  return number * OHM_SLOT_US;
}

static guint32
ohm_store_checksum (const OhmStoreKey *key, const guint8 *data, gsize length)
{
  gint64 numbers[OHM_STORE_KEY_MAX];

  for (guint i = 0; i < OHM_STORE_KEY_MAX; i++)
    numbers[i] = GINT64_TO_LE (key->numbers[i]);
  return ohm_crc32c (ohm_crc32c (0, numbers, sizeof numbers), data, length);
}

GBytes *
ohm_store_encode (const OhmStoreKey *key, const OhmRecord *record)
{
  guint n = ohm_point_set_get_n (record->points);
  gsize length = n * (CELL_BYTES + 1u);
  guint8 *data = g_malloc (length + CHECKSUM_BYTES);
  guint32 checksum;

  for (guint i = 0; i < n; i++)
    {
      /* a missing cell has no meaning: always the same bytes */
      gint64 bits = record->qualities[i] == OHM_QUALITY_MISSING ? 0 : record->cells[i].integer;

      bits = GINT64_TO_LE (bits);
      memcpy (data + i * CELL_BYTES, &bits, CELL_BYTES);
    }
  memcpy (data + n * CELL_BYTES, record->qualities, n);
  checksum = GUINT32_TO_LE (ohm_store_checksum (key, data, length));
  memcpy (data + length, &checksum, CHECKSUM_BYTES);
  return g_bytes_new_take (data, length + CHECKSUM_BYTES);
}

static gboolean
ohm_store_is_intact (const OhmStoreKey *key,
                     const OhmStorePoints *points,
                     const guint8 *data,
                     gsize length)
{
  guint32 checksum;

  if (length != points->n_stored * (CELL_BYTES + 1u) + CHECKSUM_BYTES)
    return FALSE;
  memcpy (&checksum, data + length - CHECKSUM_BYTES, CHECKSUM_BYTES);
  return GUINT32_FROM_LE (checksum) == ohm_store_checksum (key, data, length - CHECKSUM_BYTES);
}

void
ohm_store_decode (OhmStoreBackend *self,
                  const OhmStoreKey *key,
                  const OhmStorePoints *points,
                  GBytes *data,
                  OhmRecord *into)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (data, &length);
  guint n = ohm_point_set_get_n (points->points);

  if (!ohm_store_is_intact (key, points, bytes, length))
    {
      self->n_damaged++;
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      gint64 bits;

      memcpy (&bits, bytes + points->indices[i] * CELL_BYTES, CELL_BYTES);
      into->cells[i].integer = GINT64_FROM_LE (bits);
      into->qualities[i] = bytes[points->n_stored * CELL_BYTES + points->indices[i]];
    }
}

static char *
ohm_store_points_to_text (OhmPointSet *points)
{
  GString *text = g_string_new (NULL);
  guint n;
  const OhmPoint *list = ohm_point_set_get_points (points, &n);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s\t%s\t%c\n", list[i].name, list[i].unit,
                            list[i].is_integer ? 'i' : 'r');
  return g_string_free (text, FALSE);
}

static gboolean
ohm_store_points_parse_line (const char *line, OhmPoint *ret_point)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", 4);

  return g_strv_length (fields) == 3 &&
         ohm_point_parse (fields[0], fields[1], g_str_equal (fields[2], "i"), ret_point,
                          /* error */ NULL);
}

/* Points that only a newer release knows are left out. */
static OhmStorePoints *
ohm_store_points_from_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", OHM_POINT_SET_MAX + 2);
  guint n_lines = MIN (g_strv_length (lines), OHM_POINT_SET_MAX);
  g_autofree OhmPoint *list = g_new0 (OhmPoint, n_lines + 1);
  OhmStorePoints *self = g_new0 (OhmStorePoints, 1);
  guint n = 0;

  self->indices = g_new0 (guint, n_lines + 1);
  for (guint i = 0; i < n_lines && *lines[i] != '\0'; i++)
    {
      if (ohm_store_points_parse_line (lines[i], &list[n]))
        self->indices[n++] = i;
      self->n_stored++;
    }
  self->points = ohm_point_set_intern (list, n);
  return self;
}

gint64
ohm_store_put_points (OhmStoreBackend *self, OhmPointSet *points, GError **error)
{
  const char *id = ohm_point_set_get_id (points);
  g_autoptr (GError) problem = NULL;
  g_autofree char *text = NULL;

  {
    g_autoptr (OhmStatement) find = ohm_database_prepare (
      self->database, error, "SELECT number FROM point_sets WHERE id = ?", "t", id);

    if (find == NULL)
      return -1;
    if (ohm_database_step (self->database, find, &problem))
      return ohm_statement_get_integer (find, 0);
  }
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return -1;
    }
  text = ohm_store_points_to_text (points);
  if (!ohm_database_run (self->database, error,
                         "INSERT INTO point_sets (id, content) VALUES (?, ?)", "tt", id, text))
    return -1;
  return ohm_database_get_last_number (self->database);
}

/* A row that names no point set is damaged; no cells have this length. */
static OhmStorePoints *
ohm_store_points_new_unknown (void)
{
  OhmStorePoints *self = g_new0 (OhmStorePoints, 1);

  self->n_stored = OHM_POINT_SET_MAX + 1;
  self->points = ohm_point_set_intern (NULL, 0);
  return self;
}

void
ohm_store_points_free (OhmStorePoints *self)
{
  ohm_point_set_unref (self->points);
  g_free (self->indices);
  g_free (self);
}

static OhmStorePoints *
ohm_store_load_points (OhmStoreBackend *self, gint64 number, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  row = ohm_database_prepare (self->database, error,
                              "SELECT content FROM point_sets WHERE number = ?", "i", number);
  if (row == NULL)
    return NULL;
  if (ohm_database_step (self->database, row, &problem))
    return ohm_store_points_from_text (ohm_statement_get_text (row, 0));
  if (problem == NULL)
    return ohm_store_points_new_unknown ();
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

OhmStorePoints *
ohm_store_get_points (OhmStoreBackend *self, gint64 number, GError **error)
{
  OhmStorePoints *points = g_hash_table_lookup (self->point_sets, &number);

  if (points != NULL)
    return points;
  points = ohm_store_load_points (self, number, error);
  if (points != NULL)
    g_hash_table_insert (self->point_sets, g_memdup2 (&number, sizeof number), points);
  return points;
}
