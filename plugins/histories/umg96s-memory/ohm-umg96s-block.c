/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-umg96s-block.h"

#include <string.h>

#define SLOT_S 900

static gboolean
ohm_umg96s_block_is_blank (const guint8 *bytes)
{
  for (guint i = 1; i < OHM_UMG96S_BLOCK_BYTES; i++)
    if (bytes[i] != bytes[0])
      return FALSE;
  return bytes[0] == 0 || bytes[0] == 0xff;
}

gboolean
ohm_umg96s_block_parse (const guint8 *bytes, OhmUmg96sBlock *ret_block)
{
  if (ohm_umg96s_block_is_blank (bytes))
    return FALSE;
  ret_block->number = (guint16) (bytes[0] << 8 | bytes[1]);
  ret_block->time_s = (guint32) bytes[2] << 24 | (guint32) bytes[3] << 16 |
                      (guint32) bytes[4] << 8 | bytes[5];
  memcpy (ret_block->values, bytes + 6, OHM_UMG96S_VALUE_BYTES);
  ret_block->profile = bytes[16];
  ret_block->error = bytes[17];
  return TRUE;
}

gboolean
ohm_umg96s_block_is_slot (const OhmUmg96sBlock *self)
{
  return self->error == 0 && self->profile == OHM_UMG96S_PROFILE_ENERGY &&
         self->time_s % SLOT_S == 0;
}

/* POINT:FORMAT at @offset */
static gboolean
ohm_umg96s_layout_parse (OhmUmg96sLayout *self,
                         guint index,
                         const char *text,
                         guint offset,
                         OhmPoint *ret_point,
                         GError **error)
{
  OhmEncoding *encoding = &self->encodings[index];
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  guint bytes;

  if (parts[0] == NULL || parts[1] == NULL ||
      !ohm_format_parse (parts[1], &encoding->format, &encoding->text_registers) ||
      encoding->format == OHM_FORMAT_TEXT)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "[history] values: '%s': expected POINT:FORMAT with a format of numbers", text);
      return FALSE;
    }
  bytes = 2 * ohm_encoding_get_registers (encoding);
  if (offset + bytes > OHM_UMG96S_VALUE_BYTES)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "[history] values: '%s' ends past the %d bytes of a block", text,
                   OHM_UMG96S_VALUE_BYTES);
      return FALSE;
    }
  self->offsets[index] = offset;
  if (!ohm_point_parse (parts[0], /* unit */ NULL, ohm_encoding_is_integer (encoding), ret_point,
                        error))
    {
      g_prefix_error_literal (error, "[history] values: ");
      return FALSE;
    }
  return TRUE;
}

gboolean
ohm_umg96s_layout_init (OhmUmg96sLayout *self,
                        const char *const *values,
                        double ratio,
                        GError **error)
{
  OhmPoint points[OHM_UMG96S_VALUES_MAX];
  guint offset = 0;
  guint n = 0;

  *self = (OhmUmg96sLayout){ NULL };
  for (; values != NULL && values[n] != NULL; n++)
    {
      if (n == OHM_UMG96S_VALUES_MAX)
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "[history] values: more than %d",
                       OHM_UMG96S_VALUES_MAX);
          return FALSE;
        }
      self->encodings[n].scale = ratio;
      if (!ohm_umg96s_layout_parse (self, n, values[n], offset, &points[n], error))
        return FALSE;
      offset += 2 * ohm_encoding_get_registers (&self->encodings[n]);
    }
  if (n == 0)
    {
      g_set_error_literal (error, OHM_ERROR, OHM_ERROR_CONFIG,
                           "[history] values: what the ten bytes of a block are is in the meter's "
                           "manual and not known here; give POINT:FORMAT of each counter");
      return FALSE;
    }
  self->points = ohm_point_set_intern (points, n);
  return TRUE;
}

void
ohm_umg96s_layout_clear (OhmUmg96sLayout *self)
{
  g_clear_pointer (&self->points, ohm_point_set_unref);
}

OhmRecord *
ohm_umg96s_layout_make_record (const OhmUmg96sLayout *self, const OhmUmg96sBlock *block)
{
  OhmRecord *record = ohm_record_new (/* group */ "", self->points);

  record->slot_us = (gint64) block->time_s * G_USEC_PER_SEC;
  record->read_us = record->slot_us;
  record->origin = OHM_ORIGIN_METER_RECORDED;
  for (guint i = 0; i < ohm_point_set_get_n (self->points); i++)
    record->qualities[i] = (guint8) ohm_encoding_decode (&self->encodings[i],
                                                         block->values + self->offsets[i],
                                                         &record->cells[i]);
  return record;
}
