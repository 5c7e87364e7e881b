/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* libsecret 0.20.5, libsecret/secret-file-collection.c: header, version 1.0, then a GVariant:
 * length of the salt, salt, rounds, time, count of uses, items. */
#define FILE_HEADER     "GnomeKeyring\n\r\0\n\1\0"
#define FILE_HEADER_LEN 18
#define FILE_TYPE       "(uayutua(a{say}ay))"

/* Hundreds of secrets. */
#define FILE_MAX (4 * 1024 * 1024)

/* libsecret writes 100,000 rounds; as many as would hold the thread for minutes are no file of its.
 */
#define ROUNDS_MAX 10000000

/* A disk may take seconds; other files come and go beside it. */
#define RENAME_WAIT_MS 10000
#define RENAME_ROUNDS  1000

static gboolean
ohm_secret_file_refuse (const char *code, const char *path, const char *text, GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new (code, "path", path, "text", text, NULL), "%s: %s", path,
                         text);
  return FALSE;
}

static gboolean
ohm_secret_file_is_sound (const char *contents, gsize length)
{
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GVariant) salt = NULL;
  g_autofree char *body = NULL;
  guint32 salt_size;
  guint32 rounds;

  if (length <= FILE_HEADER_LEN || memcmp (contents, FILE_HEADER, FILE_HEADER_LEN) != 0)
    return FALSE;
  /* A GVariant wants its data aligned. */
  body = g_memdup2 (contents + FILE_HEADER_LEN, length - FILE_HEADER_LEN);
  variant = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (FILE_TYPE), body,
                                                         length - FILE_HEADER_LEN,
                                                         /* trusted */ FALSE, NULL, NULL));
  if (!g_variant_is_normal_form (variant))
    return FALSE;
  g_variant_get (variant, "(u@ayutu@a(a{say}ay))", &salt_size, &salt, &rounds, NULL, NULL, NULL);
  return g_variant_get_size (salt) == GUINT32_FROM_LE (salt_size) && salt_size != 0 &&
         GUINT32_FROM_LE (rounds) <= ROUNDS_MAX;
}

gboolean
ohm_secret_file_check (const char *path, gboolean *ret_exists, GError **error)
{
  g_autofree char *contents = NULL;
  gsize length = 0;
  g_autoptr (GError) reason = NULL;
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    {
      if (errno != ENOENT)
        return ohm_secret_file_refuse ("secret-file-unreadable", path, g_strerror (errno), error);
      *ret_exists = FALSE;
      return TRUE;
    }
  if (!S_ISREG (info.st_mode) || info.st_size > FILE_MAX)
    return ohm_secret_file_refuse ("secret-file-damaged", path, "no file of secrets", error);
  if (!g_file_get_contents (path, &contents, &length, &reason))
    return ohm_secret_file_refuse ("secret-file-unreadable", path, reason->message, error);
  if (!ohm_secret_file_is_sound (contents, length))
    return ohm_secret_file_refuse ("secret-file-damaged", path, "no whole file of secrets", error);
  *ret_exists = TRUE;
  return TRUE;
}

static int
ohm_secret_file_sync (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  int code = 0;

  if (fd < 0)
    return errno;
  if (fsync (fd) != 0)
    code = errno;
  close (fd);
  return code;
}

static int
ohm_secret_file_sync_dir (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);

  return ohm_secret_file_sync (dir);
}

static int
ohm_secret_file_remove (const char *path)
{
  return g_unlink (path) == 0 || errno == ENOENT ? 0 : errno;
}

/* A second name takes no space; but not every file system has it. */
static int
ohm_secret_file_double (const char *from, const char *to)
{
  g_autofree char *contents = NULL;
  gsize length = 0;
  int code = ohm_secret_file_remove (to);

  if (code != 0 || link (from, to) == 0)
    return code;
  code = errno;
  if (code != EPERM && code != EOPNOTSUPP)
    return code;
  return g_file_get_contents (from, &contents, &length, NULL) &&
             g_file_set_contents_full (to, contents, (gssize) length, G_FILE_SET_CONTENTS_DURABLE,
                                       0600, NULL)
           ? 0
           : EIO;
}

char *
ohm_secret_file_dup_work (const char *path)
{
  return g_strconcat (path, ".work", NULL);
}

/* Whether GLib has begun to write in @folder. @remove: what a process that has ended left. */
static gboolean
ohm_secret_file_has_begun (const char *folder, gboolean remove)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, /* error */ NULL);
  const char *name;
  gboolean found = FALSE;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, ".goutputstream-"))
      {
        g_autofree char *file = g_build_filename (folder, name, NULL);

        found = !remove || g_unlink (file) != 0;
      }
  return found;
}

/* GLib tells of the error first, then renames what it has, in a thread of its own: it would be over
 * what is written next. */
void
ohm_secret_file_give_up (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct pollfd watch = { .fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN };
  char events[4096];

  if (watch.fd < 0)
    return;
  inotify_add_watch (watch.fd, folder, IN_MOVED_FROM | IN_DELETE);
  for (guint i = 0; i < RENAME_ROUNDS && ohm_secret_file_has_begun (folder, FALSE); i++)
    if (poll (&watch, 1, RENAME_WAIT_MS) <= 0 || read (watch.fd, events, sizeof events) < 0)
      break;
  close (watch.fd);
}

gboolean
ohm_secret_file_lend (const char *path, gboolean exists, GError **error)
{
  g_autofree char *work = ohm_secret_file_dup_work (path);
  g_autofree char *folder = g_path_get_dirname (path);
  int code;

  ohm_secret_file_has_begun (folder, /* remove */ TRUE);
  code = exists ? ohm_secret_file_double (path, work) : ohm_secret_file_remove (work);

  return code == 0 || ohm_secret_file_refuse ("secret-not-kept", path, g_strerror (code), error);
}

gboolean
ohm_secret_file_take (const char *path, GError **error)
{
  g_autofree char *work = ohm_secret_file_dup_work (path);
  g_autofree char *former = g_strconcat (work, "~", NULL);
  g_autofree char *fresh = g_strconcat (path, ".new", NULL);
  gboolean exists = FALSE;
  int code = ohm_secret_file_sync (work);

  if (code == 0)
    code = ohm_secret_file_double (work, fresh);
  if (code == 0 && (!ohm_secret_file_check (fresh, &exists, /* error */ NULL) || !exists))
    code = EIO;
  if (code == 0)
    code = ohm_secret_file_remove (former);
  if (code == 0 && g_rename (fresh, path) != 0)
    code = errno;
  if (code == 0)
    code = ohm_secret_file_sync_dir (path);
  return code == 0 || ohm_secret_file_refuse ("secret-not-kept", path, g_strerror (code), error);
}
