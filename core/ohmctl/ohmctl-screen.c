/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-screen.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "ohmctl-context.h"

/* Second screen, no cursor, no wrapping at the right edge; and back (ECMA-48, xterm's controls). */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

struct _OhmctlScreen
{
  OhmctlKeyFunc func;
  gpointer data;
  struct termios saved;
  gboolean is_raw;
  guint width;
  guint height;
  guint keys_id;
  guint resize_id;
};

gboolean
ohmctl_screen_is_possible (void)
{
  const char *term = g_getenv ("TERM");

  return isatty (STDOUT_FILENO) && term != NULL && *term != '\0' && strcmp (term, "dumb") != 0;
}

static void
ohmctl_screen_measure (OhmctlScreen *self)
{
  struct winsize size = { 0 };

  self->width = 80;
  self->height = 24;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return;
  self->width = size.ws_col;
  self->height = size.ws_row;
}

gboolean
ohmctl_screen_parse_key (const char *bytes, gsize n, gsize *ret_used, OhmctlKey *ret_key)
{
  static const struct
  {
    const char *bytes;
    OhmctlKey key;
  } keys[] = {
    { "q", OHMCTL_KEY_QUIT },
    { "Q", OHMCTL_KEY_QUIT },
    { "\003", OHMCTL_KEY_QUIT },
    { "k", OHMCTL_KEY_UP },
    { "\033[A", OHMCTL_KEY_UP },
    { "\033OA", OHMCTL_KEY_UP },
    { "j", OHMCTL_KEY_DOWN },
    { "\033[B", OHMCTL_KEY_DOWN },
    { "\033OB", OHMCTL_KEY_DOWN },
    { " ", OHMCTL_KEY_PAGE_DOWN },
    { "\033[6~", OHMCTL_KEY_PAGE_DOWN },
    { "b", OHMCTL_KEY_PAGE_UP },
    { "\033[5~", OHMCTL_KEY_PAGE_UP },
    { "g", OHMCTL_KEY_HOME },
    { "\033[H", OHMCTL_KEY_HOME },
    { "\033[1~", OHMCTL_KEY_HOME },
    { "G", OHMCTL_KEY_END },
    { "\033[F", OHMCTL_KEY_END },
    { "\033[4~", OHMCTL_KEY_END },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gsize length = strlen (keys[i].bytes);

      if (length > n || memcmp (bytes, keys[i].bytes, length) != 0)
        continue;
      *ret_used = length;
      *ret_key = keys[i].key;
      return TRUE;
    }
  *ret_used = bytes[0] == '\033' ? n : 1;
  return FALSE;
}

static gboolean
ohmctl_screen_on_keys (int fd, GIOCondition condition, gpointer data)
{
  OhmctlScreen *self = data;
  char bytes[64];
  ssize_t n = read (fd, bytes, sizeof bytes);
  OhmctlKeyFunc func = self->func;
  gpointer func_data = self->data;

  if (n <= 0)
    {
      self->keys_id = 0;
      func (OHMCTL_KEY_QUIT, func_data);
      return G_SOURCE_REMOVE;
    }
  for (gsize at = 0, used = 1; at < (gsize) n; at += used)
    {
      OhmctlKey key;

      if (ohmctl_screen_parse_key (bytes + at, (gsize) n - at, &used, &key))
        func (key, func_data);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
ohmctl_screen_on_resize (gpointer data)
{
  OhmctlScreen *self = data;

  ohmctl_screen_measure (self);
  ohmctl_print ("\033[2J");
  self->func (OHMCTL_KEY_RESIZE, self->data);
  return G_SOURCE_CONTINUE;
}

/* Keys come one by one and unseen; a stop (Ctrl-Z) would leave the terminal as it is now. */
static void
ohmctl_screen_set_raw (OhmctlScreen *self)
{
  struct termios raw;

  if (!isatty (STDIN_FILENO) || tcgetattr (STDIN_FILENO, &self->saved) != 0)
    return;
  raw = self->saved;
  raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  if (tcsetattr (STDIN_FILENO, TCSANOW, &raw) != 0)
    return;
  self->is_raw = TRUE;
  self->keys_id = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, ohmctl_screen_on_keys, self);
}

OhmctlScreen *
ohmctl_screen_new (OhmctlKeyFunc func, gpointer data)
{
  OhmctlScreen *self = g_new0 (OhmctlScreen, 1);

  self->func = func;
  self->data = data;
  ohmctl_screen_measure (self);
  ohmctl_screen_set_raw (self);
  self->resize_id = g_unix_signal_add (SIGWINCH, ohmctl_screen_on_resize, self);
  ohmctl_print (ENTER);
  fflush (stdout);
  return self;
}

void
ohmctl_screen_free (OhmctlScreen *self)
{
  g_clear_handle_id (&self->keys_id, g_source_remove);
  g_clear_handle_id (&self->resize_id, g_source_remove);
  ohmctl_print (LEAVE);
  fflush (stdout);
  if (self->is_raw)
    tcsetattr (STDIN_FILENO, TCSANOW, &self->saved);
  g_free (self);
}

guint
ohmctl_screen_get_width (OhmctlScreen *self)
{
  return self->width;
}

guint
ohmctl_screen_get_height (OhmctlScreen *self)
{
  return self->height;
}

void
ohmctl_screen_draw (OhmctlScreen *self, const char *const *lines)
{
  g_autoptr (GString) out = g_string_new ("\033[H");

  for (guint i = 0; lines[i] != NULL && i < self->height; i++)
    g_string_append_printf (out, "%s%s\033[K", i > 0 ? "\r\n" : "", lines[i]);
  g_string_append (out, "\033[J");
  ohmctl_print (out->str);
  fflush (stdout);
}
