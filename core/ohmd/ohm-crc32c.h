/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) of @data appended to what @crc covers; 0 to begin.
 * Pure.
 */
guint32 ohm_crc32c (guint32 crc, const void *data, gsize length);

G_END_DECLS
