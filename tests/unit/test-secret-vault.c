/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "ohm-secret-key.h"
#include "ohm-secret-vault.h"
#include "secret-fixture.h"

static void
fixture_assert_secret (OhmSecretVault *vault, const char *owner, const char *name, const char *want)
{
  g_autoptr (GError) error = NULL;
  char *secret = ohm_secret_vault_lookup (vault, owner, name, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, want);
  ohm_secret_free (secret);
}

static void
fixture_put (OhmSecretVault *vault, const char *owner, const char *name, const char *secret)
{
  g_autoptr (GError) error = NULL;

  gboolean is_kept = ohm_secret_vault_put (vault, owner, name, secret, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (is_kept);
}

static void
fixture_assert_lookup_refused (const char *state, const char *code)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (state);
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_secret_vault_lookup (vault, "cloud", "claim", NULL, &error));
  fixture_assert_refused (error, code);
}

/* Opens what another process has left, in one more process. */
static void
fixture_in_child (void (*body) (OhmSecretFixture *self), OhmSecretFixture *self)
{
  pid_t child = fork ();
  int status = 0;

  if (child == 0)
    {
      body (self);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

static void
test_file (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autofree char *former = g_strconcat (self->file, ".work~", NULL);
  g_autofree char *long_secret = g_strnfill (OHM_SECRET_MAX, 'x');
  g_autofree char *contents = NULL;
  gsize length;
  GStatBuf info;

  fixture_assert_secret (vault, "cloud", "claim", NULL);
  fixture_put (vault, "cloud", "claim", "correct-horse-battery");
  fixture_put (vault, "mqtt", "claim", long_secret);
  fixture_assert_secret (vault, "cloud", "claim", "correct-horse-battery");
  fixture_assert_secret (vault, "mqtt", "claim", long_secret);
  fixture_assert_secret (vault, "mqtt", "password", NULL);
  fixture_put (vault, "mqtt", "claim", "shorter");
  fixture_assert_secret (vault, "mqtt", "claim", "shorter");

  g_assert_cmpint (g_stat (self->file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_get_contents (self->file, &contents, &length, NULL));
  g_assert_null (g_strstr_len (contents, (gssize) length, "correct-horse"));
  /* libsecret's copy of the former file has what was replaced. */
  g_assert_false (g_file_test (former, G_FILE_TEST_EXISTS));

  fixture_put (vault, "cloud", "claim", NULL);
  fixture_put (vault, "cloud", "claim", NULL);
  fixture_assert_secret (vault, "cloud", "claim", NULL);
  fixture_assert_secret (vault, "mqtt", "claim", "shorter");
}

static void
fixture_store_two (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_put (vault, "cloud", "claim", "first");
  fixture_put (vault, "cloud", "claim", "second");
}

static void
test_next_start (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_in_child (fixture_store_two, self);
  fixture_assert_secret (vault, "cloud", "claim", "second");
}

static void
test_wrong_key (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize n_before;
  gsize n_after;

  fixture_in_child (fixture_store_two, self);
  g_assert_true (g_file_get_contents (self->file, &before, &n_before, NULL));
  fixture_give_key (self, OHM_SECRET_FIXTURE_OTHER);
  fixture_assert_lookup_refused (self->state, "secret-key-wrong");
  g_assert_false (ohm_secret_vault_put (vault, "cloud", "claim", "third", NULL, &error));
  fixture_assert_refused (error, "secret-key-wrong");
  /* What the right key opens is not touched. */
  g_assert_true (g_file_get_contents (self->file, &after, &n_after, NULL));
  g_assert_cmpuint (n_before, ==, n_after);
  g_assert_true (memcmp (before, after, n_before) == 0);
}

static void
test_bad_key (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new ("too short\n");
  g_autofree char *path = g_build_filename (self->credentials, OHM_SECRET_CREDENTIAL, NULL);
  g_autofree char *long_key = g_strnfill (1025, 'k');

  fixture_assert_lookup_refused (self->state, "secret-key-unreadable");
  fixture_give_key (self, long_key);
  fixture_assert_lookup_refused (self->state, "secret-key-unreadable");
  g_assert_true (g_file_set_contents (path, "0123456789\0abcdefgh", 19, NULL));
  fixture_assert_lookup_refused (self->state, "secret-key-unreadable");
  fixture_give_key (self, NULL);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  fixture_assert_lookup_refused (self->state, "secret-key-unreadable");
  g_assert_false (g_file_test (self->file, G_FILE_TEST_EXISTS));
}

/* libsecret 0.20.5 ends the process at most of these. */
static void
test_damaged (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autofree char *contents = NULL;
  const gsize cuts[] = { 0, 1, 16, 18, 19, 40, 60, 100 };
  gsize length;

  fixture_in_child (fixture_store_two, self);
  g_assert_true (g_file_get_contents (self->file, &contents, &length, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_assert_true (g_file_set_contents (self->file, contents, (gssize) cuts[i], NULL));
      fixture_assert_lookup_refused (self->state, "secret-file-damaged");
    }
  contents[20] = '\x7f'; /* length of the salt */
  g_assert_true (g_file_set_contents (self->file, contents, (gssize) length, NULL));
  fixture_assert_lookup_refused (self->state, "secret-file-damaged");
  g_unlink (self->file);
  g_mkdir (self->file, 0700);
  fixture_assert_lookup_refused (self->state, "secret-file-damaged");
  g_rmdir (self->file);
  fixture_assert_lookup_refused ("/dev/null/below", "secret-file-unreadable");
}

static void
test_write_fails (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autoptr (GError) error = NULL;
  g_autofree char *away = g_build_filename (self->root, "away", NULL);

  fixture_put (vault, "cloud", "claim", "first");
  g_assert_cmpint (g_rename (self->state, away), ==, 0);
  g_assert_false (ohm_secret_vault_put (vault, "cloud", "claim", "second", NULL, &error));
  fixture_assert_refused (error, "secret-not-kept");
  g_clear_error (&error);
  g_assert_false (ohm_secret_vault_put (vault, "cloud", "token", "new", NULL, &error));
  fixture_assert_refused (error, "secret-not-kept");
  g_clear_error (&error);
  g_assert_false (ohm_secret_vault_put (vault, "cloud", "claim", NULL, NULL, &error));
  fixture_assert_refused (error, "secret-not-kept");

  /* What could not be written is not told as kept. */
  fixture_assert_secret (vault, "cloud", "claim", "first");
  fixture_assert_secret (vault, "cloud", "token", NULL);
  g_assert_cmpint (g_rename (away, self->state), ==, 0);
  fixture_put (vault, "cloud", "claim", "second");
  fixture_assert_secret (vault, "cloud", "claim", "second");
}

/* A disk that is full for files beyond @size: what libsecret writes then is cut. */
static void
fixture_fill_disk (rlim_t size)
{
  struct rlimit limit;

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  limit.rlim_cur = size == 0 ? limit.rlim_max : size;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
fixture_assert_not_kept (OhmSecretVault *vault, const char *name, const char *secret)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ohm_secret_vault_put (vault, "cloud", name, secret, NULL, &error));
  fixture_assert_refused (error, "secret-not-kept");
}

static void
fixture_store_on_full (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_put (vault, "cloud", "claim", "first");
  fixture_put (vault, "cloud", "token", "of the same");
  for (rlim_t size = 1; size < 200; size += 100)
    {
      fixture_fill_disk (size);
      fixture_assert_not_kept (vault, "claim", "second");
      fixture_assert_not_kept (vault, "claim", "third");
      fixture_assert_not_kept (vault, "password", "new");
      fixture_assert_not_kept (vault, "claim", NULL);
    }
  fixture_assert_secret (vault, "cloud", "claim", "first");
  fixture_assert_secret (vault, "cloud", "password", NULL);
}

static void
fixture_store_after_full (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_assert_secret (vault, "cloud", "claim", "first");
  fixture_fill_disk (1);
  fixture_assert_not_kept (vault, "claim", "second");
  fixture_fill_disk (0);
  fixture_assert_secret (vault, "cloud", "claim", "first");
  fixture_put (vault, "cloud", "claim", "fourth");
}

/* The former file stays whole, for this process, for the next one, and once there is space. */
static void
test_disk_full (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  fixture_in_child (fixture_store_on_full, self);
  fixture_in_child (fixture_store_after_full, self);
  fixture_assert_secret (vault, "cloud", "claim", "fourth");
  fixture_assert_secret (vault, "cloud", "token", "of the same");
  fixture_assert_secret (vault, "cloud", "password", NULL);
}

/* Full at the first secret: there is no file, and one once there is space. */
static void
test_disk_full_at_first (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_fill_disk (1);
  fixture_assert_not_kept (vault, "claim", "first");
  g_assert_false (g_file_test (self->file, G_FILE_TEST_EXISTS));
  fixture_fill_disk (0);
  fixture_put (vault, "cloud", "claim", "first");
  fixture_assert_secret (vault, "cloud", "claim", "first");
}

static void
fixture_store_third (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_assert_secret (vault, "cloud", "claim", "second");
  fixture_put (vault, "cloud", "claim", "third");
}

/* Killed while libsecret wrote, or before what it wrote was the file. */
static void
test_killed_on_full (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  const char *const ends[] = { ".work", ".work~", ".new" };

  fixture_in_child (fixture_store_two, self);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *left = g_strconcat (self->file, ends[i], NULL);

      g_assert_true (g_file_set_contents (left, "", 0, NULL));
    }
  fixture_in_child (fixture_store_third, self);
  fixture_assert_secret (vault, "cloud", "claim", "third");
}

static G_NORETURN void
fixture_store_for_ever (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  for (guint i = 0;; i++)
    {
      g_autofree char *secret = g_strdup_printf ("%u-whole", i);

      fixture_put (vault, "cloud", "claim", secret);
      if (i == 0 && write (3, "", 1) != 1)
        _exit (1);
    }
}

static void
fixture_read_one (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autoptr (GError) error = NULL;
  char *secret = ohm_secret_vault_lookup (vault, "cloud", "claim", NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (secret, "-whole"));
  ohm_secret_free (secret);
}

/* Whenever it is killed: the former secret is there, or the new one. */
static void
test_killed (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);

  for (guint i = 0; i < 3; i++)
    {
      int fds[2];
      char byte;
      pid_t child;
      gint64 until_us;

      g_assert_cmpint (pipe (fds), ==, 0);
      child = fork ();
      if (child == 0)
        {
          dup2 (fds[1], 3);
          fixture_store_for_ever (self);
        }
      close (fds[1]);
      g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
      until_us = g_get_monotonic_time () + g_random_int_range (0, 6000);
      while (g_get_monotonic_time () < until_us)
        ;
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
      close (fds[0]);
      fixture_in_child (fixture_read_one, self);
    }
}

static void
test_no_place (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (NULL);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autofree char *list = g_build_filename (self->state, "secrets.removed", NULL);
  g_autoptr (GError) error = NULL;

  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", TRUE);
  g_setenv ("SECRET_BACKEND", "nosuch", TRUE); /* with which libsecret would wait for ever */
  fixture_assert_lookup_refused (self->state, "secret-no-place");
  /* Where nothing was ever kept, nothing is to be forgotten; else it is noted. */
  fixture_put (vault, "cloud", NULL, NULL);
  g_assert_false (g_file_test (list, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_set_contents (self->file, "", 0, NULL));
  g_assert_false (ohm_secret_vault_put (vault, "cloud", NULL, NULL, NULL, &error));
  /* another key would be the wrong one */
  fixture_assert_refused (error, "secret-key-missing");
  g_assert_true (g_file_test (list, G_FILE_TEST_EXISTS));
}

/* Writes what is given less one bit of each byte as the key, leaving no copy. */
static void
fixture_give_hidden_key (OhmSecretFixture *self, const char *hidden)
{
  g_autofree char *path = g_build_filename (self->credentials, OHM_SECRET_CREDENTIAL, NULL);
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  setvbuf (file, NULL, _IONBF, 0);
  for (const char *at = hidden; *at != '\0'; at++)
    fputc (*at ^ 1, file);
  fclose (file);
}

/* How often @needle is in what the process has in memory. It is given less one bit of each byte, so
 * that the test itself does not have it. */
static guint
fixture_count_in_memory (const char *needle)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;
  gsize n_needle = strlen (needle);
  FILE *memory = fopen ("/proc/self/mem", "r");
  guint n = 0;

  g_assert_nonnull (memory);
  setvbuf (memory, NULL, _IONBF, 0);
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gsize from = g_ascii_strtoull (lines[i], NULL, 16);
      const char *to = strchr (lines[i], '-');
      gsize size = to == NULL ? 0 : g_ascii_strtoull (to + 1, NULL, 16) - from;
      g_autofree char *copy = NULL;

      if (strstr (lines[i], " rw") == NULL || fseek (memory, (long) from, SEEK_SET) != 0)
        continue;
      copy = g_malloc (size);
      size = fread (copy, 1, size, memory);
      for (gsize at = 0; at + n_needle <= size; at++)
        {
          gsize same = 0;

          while (same < n_needle && copy[at + same] == (needle[same] ^ 1))
            same++;
          n += same == n_needle;
        }
      memset (copy, 0, size);
    }
  fclose (memory);
  return n;
}

static void
fixture_assert_no_core (void)
{
  const struct rlimit limit = { 1 << 20, 1 << 20 };
  int status = 0;
  pid_t child = fork ();

  if (child == 0)
    {
      setrlimit (RLIMIT_CORE, &limit);
      signal (SIGABRT, SIG_DFL);
      raise (SIGABRT);
      _exit (0);
    }
  waitpid (child, &status, 0);
  g_assert_true (WIFSIGNALED (status));
  g_assert_false (WCOREDUMP (status));
}

static void
test_leaves_nothing (void)
{
  /* "another of 32 characters, hidden" */
  const char hidden[] = "`onuids!ng!23!bi`s`budsr-!iheedo";
  g_autoptr (OhmSecretFixture) self = fixture_new (NULL);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  const char *const argv[] = { "/bin/cat", "/proc/self/environ", NULL };
  g_autofree char *environment = NULL;
  gsize length = 0;
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GBytes) output = NULL;

  ohm_secret_forbid_dumps ();
  fixture_give_hidden_key (self, hidden);
  fixture_put (vault, "cloud", "claim", "a secret");
  g_assert_cmpstr (g_getenv ("SECRET_BACKEND"), ==, "file");
  g_assert_cmpstr (g_getenv ("SECRET_FILE_TEST_PASSWORD"), ==, "");

  child = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
  g_assert_true (g_subprocess_communicate (child, NULL, NULL, &output, NULL, NULL));
  environment = g_bytes_unref_to_data (g_steal_pointer (&output), &length);
  g_assert_nonnull (memmem (environment, length, "CREDENTIALS_DIRECTORY", 21));
  for (gsize i = 0; i < length; i++)
    environment[i] ^= 1;
  g_assert_null (memmem (environment, length, hidden, strlen (hidden)));
  if (HAVE_SANITIZER) /* its own memory is no measure, and it wants to be looked into */
    return;
  g_assert_cmpint (prctl (PR_GET_DUMPABLE, 0, 0, 0, 0), ==, 0);
  fixture_assert_no_core ();
  /* libsecret's own, in memory that is never swapped */
  if (getuid () == 0)
    g_assert_cmpuint (fixture_count_in_memory (hidden), ==, 1);
}

static void
fixture_store_three (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_put (vault, "cloud", "claim", "first");
  fixture_put (vault, "cloud", "token", "second");
  fixture_put (vault, "cloud2", "claim", "of another");
  fixture_put (vault, "cloud", NULL, NULL);
  fixture_put (vault, "cloud", NULL, NULL);
  fixture_assert_secret (vault, "cloud", "claim", NULL);
}

/* All of one owner, by whatever names, also for the next start. */
static void
test_owner (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_in_child (fixture_store_three, self);
  fixture_assert_secret (vault, "cloud", "claim", NULL);
  fixture_assert_secret (vault, "cloud", "token", NULL);
  fixture_assert_secret (vault, "cloud2", "claim", "of another");
}

static void
fixture_remove_without_key (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autoptr (GError) error = NULL;

  fixture_give_key (self, OHM_SECRET_FIXTURE_OTHER);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (ohm_secret_vault_put (vault, "cloud", NULL, NULL, NULL, &error));
      fixture_assert_refused (error, "secret-key-wrong");
      g_clear_error (&error);
    }
  g_assert_false (ohm_secret_vault_put (vault, "mqtt", NULL, NULL, NULL, &error));
  fixture_give_key (self, OHM_SECRET_FIXTURE_KEY);
}

static void
fixture_store_others (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_put (vault, "cloud", "claim", "first");
  fixture_put (vault, "cloud2", "claim", "of another");
  fixture_put (vault, "mqtt", "password", "second");
}

/* Removed while nothing could be opened: gone before another one of that name asks. */
static void
test_removed (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autofree char *list = g_build_filename (self->state, "secrets.removed", NULL);

  fixture_in_child (fixture_store_others, self);
  fixture_in_child (fixture_remove_without_key, self);
  g_assert_true (g_file_test (list, G_FILE_TEST_EXISTS));
  fixture_assert_secret (vault, "cloud", "claim", NULL);
  fixture_assert_secret (vault, "mqtt", "password", NULL);
  fixture_assert_secret (vault, "cloud2", "claim", "of another");
  g_assert_false (g_file_test (list, G_FILE_TEST_EXISTS));
  fixture_put (vault, "cloud", "claim", "anew");
  fixture_assert_secret (vault, "cloud", "claim", "anew");
}

static void
fixture_remove_on_full (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autofree char *list = g_build_filename (self->state, "secrets.removed", NULL);
  g_autoptr (GError) error = NULL;

  fixture_store_others (self);
  fixture_fill_disk (100); /* there is room for the list */
  for (guint i = 0; i < 2; i++)
    {
      fixture_assert_not_kept (vault, NULL, NULL);
      fixture_assert_not_kept (vault, "claim", "anew");
      g_assert_null (ohm_secret_vault_lookup (vault, "cloud", "claim", NULL, &error));
      fixture_assert_refused (error, "secret-not-kept");
      g_clear_error (&error);
      /* Others go on. */
      fixture_assert_secret (vault, "mqtt", "password", "second");
      g_assert_true (g_file_test (list, G_FILE_TEST_EXISTS));
    }
}

static void
fixture_remove_on_freed (OhmSecretFixture *self)
{
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);
  g_autofree char *list = g_build_filename (self->state, "secrets.removed", NULL);
  g_autoptr (GError) error = NULL;

  fixture_fill_disk (100);
  g_assert_false (ohm_secret_vault_put (vault, "cloud", NULL, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, g_strerror (EFBIG)));
  fixture_fill_disk (0);
  fixture_assert_secret (vault, "mqtt", "password", "second");
  g_assert_false (g_file_test (list, G_FILE_TEST_EXISTS));
}

/* Out of memory, but still in the file: it is forgotten once it is out of both. */
static void
test_removed_on_full (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecretVault) vault = ohm_secret_vault_new (self->state);

  fixture_in_child (fixture_remove_on_full, self);
  fixture_in_child (fixture_remove_on_freed, self);
  fixture_assert_secret (vault, "cloud", "claim", NULL);
  fixture_assert_secret (vault, "cloud2", "claim", "of another");
}

static const OhmSecretCase cases[] = {
  { "/secret-vault/file", test_file },
  { "/secret-vault/next-start", test_next_start },
  { "/secret-vault/owner", test_owner },
  { "/secret-vault/removed", test_removed },
  { "/secret-vault/removed-on-full", test_removed_on_full },
  { "/secret-vault/wrong-key", test_wrong_key },
  { "/secret-vault/bad-key", test_bad_key },
  { "/secret-vault/damaged", test_damaged },
  { "/secret-vault/write-fails", test_write_fails },
  { "/secret-vault/disk-full", test_disk_full },
  { "/secret-vault/disk-full-at-first", test_disk_full_at_first },
  { "/secret-vault/killed", test_killed },
  { "/secret-vault/killed-on-full", test_killed_on_full },
  { "/secret-vault/no-place", test_no_place },
  { "/secret-vault/leaves-nothing", test_leaves_nothing },
  { NULL },
};

int
main (int argc, char **argv)
{
  return fixture_run_cases (argc, argv, cases);
}
