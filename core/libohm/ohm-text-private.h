/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): valid UTF-8 of at most @bytes_max bytes, cut between characters */
char *ohm_text_dup_valid (const char *text, gsize bytes_max);

G_END_DECLS
