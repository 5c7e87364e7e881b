/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A key of 16 characters is the least that is one; more than a line is a mistake. */
#define KEY_MIN 16
#define KEY_MAX 1024

#define BACKEND  "SECRET_BACKEND="
#define PATH     "SECRET_FILE_TEST_PATH="
#define PASSWORD "SECRET_FILE_TEST_PASSWORD="

/* In the environment as long as the process lives. An empty variable is like none. */
static char ohm_secret_key_backend[sizeof BACKEND + 8] = BACKEND;
static char ohm_secret_key_path[sizeof PATH + PATH_MAX] = PATH;
static char ohm_secret_key_password[sizeof PASSWORD + KEY_MAX] = PASSWORD;

void
ohm_secret_key_prepare (void)
{
  static gsize is_done;

  if (!g_once_init_enter (&is_done))
    return;
  putenv (ohm_secret_key_backend);
  putenv (ohm_secret_key_path);
  putenv (ohm_secret_key_password);
  g_once_init_leave (&is_done, 1);
}

static char *
ohm_secret_key_dup_file (void)
{
  const char *dir = g_getenv ("CREDENTIALS_DIRECTORY");

  return dir == NULL || *dir == '\0' ? NULL : g_build_filename (dir, OHM_SECRET_CREDENTIAL, NULL);
}

gboolean
ohm_secret_key_is_given (void)
{
  g_autofree char *file = ohm_secret_key_dup_file ();

  /* One that is there and cannot be read is to be told, not passed over. */
  return file != NULL && g_file_test (file, G_FILE_TEST_EXISTS);
}

static gboolean
ohm_secret_key_refuse (const char *file, const char *text, GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new ("secret-key-unreadable", "path", file, "text", text,
                                          NULL),
                         "the key of the secrets, %s, cannot be used: %s", file, text);
  return FALSE;
}

/* @ret_length: without the end of the line; never more than @size */
static const char *
ohm_secret_key_read (const char *file, char *buffer, gsize size, gsize *ret_length)
{
  int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t n;
  int code;

  if (fd < 0)
    return g_strerror (errno);
  n = read (fd, buffer, size);
  code = errno;
  close (fd);
  if (n < 0)
    return g_strerror (code);
  if ((gsize) n == size)
    return "it is too long";
  while (n > 0 && (buffer[n - 1] == '\n' || buffer[n - 1] == '\r'))
    n--;
  if (n < KEY_MIN)
    return "it has fewer than 16 characters";
  if (memchr (buffer, '\0', (gsize) n) != NULL)
    return "it is no text";
  *ret_length = (gsize) n;
  return NULL;
}

gboolean
ohm_secret_key_lend (const char *path, GError **error)
{
  g_autofree char *file = ohm_secret_key_dup_file ();
  char *password = ohm_secret_key_password + strlen (PASSWORD);
  gsize length = 0;
  const char *reason;

  g_return_val_if_fail (file != NULL, FALSE);

  ohm_secret_key_prepare ();
  if (strlen (path) > PATH_MAX)
    return ohm_secret_key_refuse (file, "the path of the state directory is too long", error);
  reason = ohm_secret_key_read (file, password, KEY_MAX + 1, &length);
  if (reason != NULL)
    {
      ohm_secret_key_take_back ();
      return ohm_secret_key_refuse (file, reason, error);
    }
  explicit_bzero (password + length, KEY_MAX + 1 - length);
  g_strlcpy (ohm_secret_key_backend + strlen (BACKEND), "file", 8);
  g_strlcpy (ohm_secret_key_path + strlen (PATH), path, PATH_MAX);
  return TRUE;
}

void
ohm_secret_key_take_back (void)
{
  explicit_bzero (ohm_secret_key_password + strlen (PASSWORD), KEY_MAX + 1);
}
