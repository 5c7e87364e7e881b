/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-text.h"

/* What stands for bytes that are no UTF-8. */
#define OHM_CLOUD_TEXT_REPLACEMENT 0xfffd

char *
ohm_cloud_text_new (const void *bytes, gsize length, gsize max)
{
  g_autofree char *valid = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n_space = 0;

  /* a character takes at most 4 bytes: more than this is never shown */
  valid = g_utf8_make_valid (length > 0 ? bytes : "", (gssize) MIN (length, 4 * max));
  for (char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gsize size = (gsize) (g_utf8_next_char (p) - p);

      if (g_unichar_isspace (c) || !g_unichar_isprint (c) || c == OHM_CLOUD_TEXT_REPLACEMENT)
        {
          n_space = text->len > 0 ? 1 : 0;
          continue;
        }
      if (text->len + n_space + size > max)
        break;
      g_string_append_len (text, " ", (gssize) n_space);
      n_space = 0;
      g_string_append_len (text, p, (gssize) size);
    }
  if (text->len == 0)
    return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}
