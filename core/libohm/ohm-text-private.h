/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): valid UTF-8 of at most @bytes_max bytes, cut between characters */
char *ohm_text_dup_valid (const char *text, gsize bytes_max);

/* (transfer none): one and the same string for equal texts, kept for ever. Unlike g_intern_string()
 * it leaks nothing when there are thousands. Any thread. */
const char *ohm_text_intern (const char *text);

G_END_DECLS
