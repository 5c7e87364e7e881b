/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Strict parsers: the whole text or nothing, no blanks, independent of the locale. */

/* decimal, or hexadecimal after 0x */
gboolean ohm_parse_u64 (const char *text, guint64 *ret_value);

/* as ohm_parse_u64(), with an optional minus */
gboolean ohm_parse_i64 (const char *text, gint64 *ret_value);

/* finite; digits with an optional point, exponent and minus */
gboolean ohm_parse_real (const char *text, double *ret_value);

/* `A..B`; B before A is refused */
gboolean ohm_parse_i64_range (const char *text, gint64 *ret_min, gint64 *ret_max);

/* Splits at blanks outside of double quotes, which stay; no empty words. */
GStrv ohm_parse_words (const char *text);

G_END_DECLS
