/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): the man page, troff with the macros of man(7), made of the dispatch table */
char *ohmctl_man_dup (void);

G_END_DECLS
