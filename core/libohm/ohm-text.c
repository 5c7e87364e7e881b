/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-text-private.h"

#include <string.h>

char *
ohm_text_dup_valid (const char *text, gsize bytes_max)
{
  g_autofree char *valid = g_utf8_make_valid (text, /* length */ -1);

  if (strlen (valid) > bytes_max)
    {
      gsize end = bytes_max;

      /* back to the first byte of the character that does not fit */
      while (end > 0 && ((guint8) valid[end] & 0xc0) == 0x80)
        end--;
      valid[end] = '\0';
    }
  return g_steal_pointer (&valid);
}

const char *
ohm_text_intern (const char *text)
{
  static GMutex lock;
  static GStringChunk *chunk;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (chunk == NULL)
    chunk = g_string_chunk_new (4096);
  return g_string_chunk_insert_const (chunk, text);
}
