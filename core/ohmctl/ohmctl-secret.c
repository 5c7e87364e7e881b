/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-secret.h"

#include <errno.h>
#include <ohm.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t ohmctl_secret_is_interrupted;

static void
ohmctl_secret_on_interrupt (int number)
{
  ohmctl_secret_is_interrupted = 1;
}

/* Not through stdio, which would keep a copy. Reads up to a line break or the end. */
static gssize
ohmctl_secret_read_into (char *text, gsize size, gboolean is_line)
{
  gsize length = 0;

  while (length < size)
    {
      gssize n = read (STDIN_FILENO, text + length, is_line ? 1 : size - length);

      if (n < 0 && errno == EINTR && !ohmctl_secret_is_interrupted)
        continue;
      if (n < 0)
        return -1;
      if (n == 0 || (is_line && text[length] == '\n'))
        break;
      length += (gsize) n;
    }
  text[length] = '\0';
  return (gssize) length;
}

/* On a terminal: a line, unseen. An interrupt must not leave it without echo. */
static gssize
ohmctl_secret_ask (const char *prompt, char *text, gsize size)
{
  struct termios before;
  struct termios silent;
  const struct sigaction interrupt = { .sa_handler = ohmctl_secret_on_interrupt };
  struct sigaction usual;
  gssize length;

  if (tcgetattr (STDIN_FILENO, &before) != 0)
    return -1;
  silent = before;
  silent.c_lflag &= ~(tcflag_t) ECHO;
  silent.c_lflag |= ECHONL;
  sigaction (SIGINT, &interrupt, &usual);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
  g_printerr ("%s: ", prompt);
  length = ohmctl_secret_read_into (text, size, /* is_line */ TRUE);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
  sigaction (SIGINT, &usual, /* former */ NULL);
  return length;
}

static gboolean
ohmctl_secret_check (const char *text, gssize length, GError **error)
{
  if (length < 0)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "no secret was read; nothing was done");
  else if (length == 0)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "an empty secret is none; --forget takes one away");
  else if (length > OHM_SECRET_MAX)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "the secret is longer than %d bytes",
                 OHM_SECRET_MAX);
  else if (memchr (text, '\0', (gsize) length) != NULL || !g_utf8_validate (text, length, NULL))
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "the secret is no text");
  else
    return TRUE;
  return FALSE;
}

char *
ohmctl_secret_read (const char *prompt, GError **error)
{
  gsize size = OHM_SECRET_MAX + 2;
  char *text = g_malloc0 (size + 1);
  gssize length = isatty (STDIN_FILENO) ? ohmctl_secret_ask (prompt, text, size)
                                        : ohmctl_secret_read_into (text, size, /* is_line */ FALSE);

  /* a file that an editor wrote ends in a line break */
  if (length > 0 && text[length - 1] == '\n')
    text[--length] = '\0';
  if (ohmctl_secret_check (text, length, error))
    return text;
  ohm_secret_free (text);
  return NULL;
}
