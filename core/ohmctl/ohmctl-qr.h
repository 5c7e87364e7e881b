/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OhmctlQr:
 * @size: modules of one side, without the quiet zone
 * @dark: (owned) (array length=size*size): which of them are dark, row by row
 *
 * A QR code.
 */
typedef struct
{
  guint size;
  gboolean *dark;
} OhmctlQr;

/* (transfer full) (nullable): NULL if the text is too long, or this build has no libqrencode */
OhmctlQr *ohmctl_qr_new (const char *text);
void ohmctl_qr_free (OhmctlQr *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlQr, ohmctl_qr_free)

/**
 * ohmctl_qr_render:
 * @width: columns that there are
 * @is_utf8: whether the terminal knows half blocks; else a module is two characters
 * @has_color: whether black and white are said, whatever the terminal's own colours are. Without,
 *   it is drawn for a dark background
 *
 * Returns: (transfer full) (nullable): lines, each ended by a newline; NULL if there is not the
 * room
 */
char *ohmctl_qr_render (const OhmctlQr *self, guint width, gboolean is_utf8, gboolean has_color);

G_END_DECLS
