/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  OHMCTL_KEY_QUIT,
  OHMCTL_KEY_UP,
  OHMCTL_KEY_DOWN,
  OHMCTL_KEY_PAGE_UP,
  OHMCTL_KEY_PAGE_DOWN,
  OHMCTL_KEY_HOME,
  OHMCTL_KEY_END,
  OHMCTL_KEY_RESIZE,
} OhmctlKey;

typedef void (*OhmctlKeyFunc) (OhmctlKey key, gpointer data);

/**
 * OhmctlScreen:
 *
 * A whole terminal that is drawn in place: its second screen while there is one object of this
 * type, as it was before afterwards.
 */
typedef struct _OhmctlScreen OhmctlScreen;

/* Whether the output is a terminal that can do that. */
gboolean ohmctl_screen_is_possible (void);

/* @func: told what is typed, and of every new size of the window */
OhmctlScreen *ohmctl_screen_new (OhmctlKeyFunc func, gpointer data);
void ohmctl_screen_free (OhmctlScreen *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlScreen, ohmctl_screen_free)

guint ohmctl_screen_get_width (OhmctlScreen *self);
guint ohmctl_screen_get_height (OhmctlScreen *self);

/* @lines: %NULL at the end; what is more than the height is not shown */
void ohmctl_screen_draw (OhmctlScreen *self, const char *const *lines);

/**
 * ohmctl_screen_parse_key:
 * @bytes: (array length=n): what was typed
 * @n: at least 1
 * @ret_used: (out): how many of them belong to the key
 * @ret_key: (out): the key
 *
 * Returns: %FALSE if the bytes mean nothing
 */
gboolean ohmctl_screen_parse_key (const char *bytes, gsize n, gsize *ret_used, OhmctlKey *ret_key);

G_END_DECLS
