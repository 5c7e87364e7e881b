/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-log.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  char *domain; /* (owned) (nullable) */
  GLogLevelFlags level;
  char *pattern;       /* (owned) */
  gboolean is_allowed; /* it may come often, or not at all */
} OhmTestLogExpected;

typedef struct
{
  const char *domain;
  const char *message;
  const char *file;
  const char *line;
  const char *func;
} OhmTestLogEntry;

static GMutex ohm_test_log_lock;
static GPtrArray *ohm_test_log_expected; /* (owned) (element-type OhmTestLogExpected) */

static void
ohm_test_log_expected_free (gpointer data)
{
  OhmTestLogExpected *expected = data;

  g_free (expected->domain);
  g_free (expected->pattern);
  g_free (expected);
}

/* Fields that carry a length are not text that we could use; ours and GLib's have none. */
static OhmTestLogEntry
ohm_test_log_entry_from_fields (const GLogField *fields, gsize n_fields)
{
  OhmTestLogEntry entry = { .message = "", .file = "?", .line = "0", .func = "?" };

  for (gsize i = 0; i < n_fields; i++)
    {
      if (fields[i].length >= 0)
        continue;
      if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0)
        entry.domain = fields[i].value;
      else if (strcmp (fields[i].key, "MESSAGE") == 0)
        entry.message = fields[i].value;
      else if (strcmp (fields[i].key, "CODE_FILE") == 0)
        entry.file = fields[i].value;
      else if (strcmp (fields[i].key, "CODE_LINE") == 0)
        entry.line = fields[i].value;
      else if (strcmp (fields[i].key, "CODE_FUNC") == 0)
        entry.func = fields[i].value;
    }
  return entry;
}

static gboolean
ohm_test_log_consume (GLogLevelFlags level, const OhmTestLogEntry *entry)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&ohm_test_log_lock);

  for (guint i = 0; i < ohm_test_log_expected->len; i++)
    {
      const OhmTestLogExpected *expected = ohm_test_log_expected->pdata[i];

      if ((level & expected->level) != 0 &&
          (expected->domain == NULL || g_strcmp0 (expected->domain, entry->domain) == 0) &&
          g_pattern_match_simple (expected->pattern, entry->message))
        {
          if (!expected->is_allowed)
            g_ptr_array_remove_index (ohm_test_log_expected, i);
          return TRUE;
        }
    }
  return FALSE;
}

static GLogWriterOutput
ohm_test_log_write (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  OhmTestLogEntry entry = ohm_test_log_entry_from_fields (fields, n_fields);
  g_autofree char *text = NULL;

  if (ohm_test_log_consume (level, &entry))
    return G_LOG_WRITER_HANDLED;
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    {
      text = g_strdup_printf ("unexpected %s: %s",
                              (level & G_LOG_LEVEL_CRITICAL) != 0 ? "critical" : "warning",
                              entry.message);
      g_assertion_message (entry.domain, entry.file, (int) g_ascii_strtoll (entry.line, NULL, 10),
                           entry.func, text);
    }
  if (g_log_writer_default_would_drop (level, entry.domain))
    return G_LOG_WRITER_HANDLED;
  /* Standard output belongs to the TAP stream. */
  text = g_log_writer_format_fields (level, fields, n_fields, /* use_color */ FALSE);
  fprintf (stderr, "%s\n", text);
  return G_LOG_WRITER_HANDLED;
}

static void
ohm_test_log_forget_allowed (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&ohm_test_log_lock);

  for (guint i = ohm_test_log_expected->len; i-- > 0;)
    if (((const OhmTestLogExpected *) ohm_test_log_expected->pdata[i])->is_allowed)
      g_ptr_array_remove_index (ohm_test_log_expected, i);
}

static void
ohm_test_log_on_case_end (gpointer data)
{
  ohm_test_log_forget_allowed ();
  ohm_test_log_assert_expected ();
}

static void
ohm_test_log_add (const char *domain,
                  GLogLevelFlags level,
                  const char *pattern,
                  gboolean is_allowed)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&ohm_test_log_lock);
  OhmTestLogExpected *expected = g_new0 (OhmTestLogExpected, 1);

  g_assert_nonnull (pattern);
  /* Undoes what g_test_init() set: the handler that it installs bails out of fatal messages before
   * they reach the writer. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  expected->domain = g_strdup (domain);
  expected->level = level;
  expected->pattern = g_strdup (pattern);
  expected->is_allowed = is_allowed;
  g_ptr_array_add (ohm_test_log_expected, expected);
  g_test_queue_destroy (ohm_test_log_on_case_end, /* data */ NULL);
}

void
ohm_test_log_expect (const char *domain, GLogLevelFlags level, const char *pattern)
{
  ohm_test_log_add (domain, level, pattern, /* is_allowed */ FALSE);
}

void
ohm_test_log_allow (const char *domain, GLogLevelFlags level, const char *pattern)
{
  ohm_test_log_add (domain, level, pattern, /* is_allowed */ TRUE);
}

void
ohm_test_log_assert_expected (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&ohm_test_log_lock);
  g_autofree char *text = NULL;

  if (ohm_test_log_expected->len == 0)
    return;
  text = g_strdup_printf ("expected message never came: %s",
                          ((const OhmTestLogExpected *) ohm_test_log_expected->pdata[0])->pattern);
  g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC, text);
}

guint
ohm_test_log_n_expected (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&ohm_test_log_lock);

  return ohm_test_log_expected->len;
}

/* Before main(), so that tests need not ask for it; g_test_init() leaves the writer alone. */
static void ohm_test_log_install (void) __attribute__ ((constructor));

static void
ohm_test_log_install (void)
{
  setlocale (LC_ALL, "");
  ohm_test_log_expected = g_ptr_array_new_with_free_func (ohm_test_log_expected_free);
  g_log_set_writer_func (ohm_test_log_write, /* user_data */ NULL, /* user_data_free */ NULL);
}
