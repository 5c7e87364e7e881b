/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-secret.h"

#include <ohm.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* It only has to end the waiting. */
static void
ohmctl_secret_on_interrupt (int number)
{
}

/* Not through stdio, which would keep a copy. Reads up to a line break or the end.
 * @mask: (nullable): signals while it waits; NULL where nobody is asked */
static gssize
ohmctl_secret_read_into (char *text, gsize size, const sigset_t *mask)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  gsize length = 0;

  while (length < size)
    {
      gssize n;

      if (mask != NULL && ppoll (&input, 1, /* timeout */ NULL, mask) < 0)
        return -1;
      n = read (STDIN_FILENO, text + length, mask != NULL ? 1 : size - length);
      if (n < 0)
        return -1;
      if (n == 0 || (mask != NULL && text[length] == '\n'))
        break;
      length += (gsize) n;
    }
  text[length] = '\0';
  return (gssize) length;
}

/* On a terminal: a line, unseen. An interrupt must not leave it without echo; it is let in only
 * while we wait, so that none is missed. */
static gssize
ohmctl_secret_ask (const char *prompt, char *text, gsize size)
{
  struct termios before;
  struct termios silent;
  const struct sigaction interrupt = { .sa_handler = ohmctl_secret_on_interrupt };
  struct sigaction usual;
  sigset_t blocked;
  sigset_t mask;
  gssize length;

  if (tcgetattr (STDIN_FILENO, &before) != 0)
    return -1;
  silent = before;
  silent.c_lflag &= ~(tcflag_t) ECHO;
  silent.c_lflag |= ECHONL;
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGINT);
  pthread_sigmask (SIG_BLOCK, &blocked, &mask);
  sigaction (SIGINT, &interrupt, &usual);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
  g_printerr ("%s: ", prompt);
  length = ohmctl_secret_read_into (text, size, &mask);
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
  sigaction (SIGINT, &usual, /* former */ NULL);
  pthread_sigmask (SIG_SETMASK, &mask, /* former */ NULL);
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
  gssize length;

  ohm_secret_forbid_dumps ();
  length = isatty (STDIN_FILENO) ? ohmctl_secret_ask (prompt, text, size)
                                 : ohmctl_secret_read_into (text, size, /* mask */ NULL);
  /* a file that an editor wrote ends in a line break */
  if (length > 0 && text[length - 1] == '\n')
    text[--length] = '\0';
  if (ohmctl_secret_check (text, length, error))
    return text;
  ohm_secret_free (text);
  return NULL;
}
