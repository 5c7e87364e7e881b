/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Longest line; keeps messages short, too. */
#define OHM_KEYFILE_LINE_MAX 4096

#define OHM_KEYFILE_BOM "\xef\xbb\xbf"

typedef struct
{
  char *name;
  GArray *entries;     /* (owned) (element-type OhmKeyfileEntry) */
  GHashTable *indices; /* (owned) key to its index in @entries */
  guint line;
} OhmKeyfileGroup;

struct _OhmKeyfile
{
  gatomicrefcount refs;
  char *name;          /* (owned) */
  GStringChunk *texts; /* (owned) names, keys and values */
  GPtrArray *groups;   /* (owned) (element-type OhmKeyfileGroup) */
  GHashTable *lookup;  /* (owned) name to group */
  GPtrArray *names;    /* (owned) NULL-terminated */
};

G_DEFINE_BOXED_TYPE (OhmKeyfile, ohm_keyfile, ohm_keyfile_ref, ohm_keyfile_unref)

typedef struct
{
  OhmKeyfile *keyfile;
  OhmKeyfileGroup *group;
  gboolean is_lost; /* which group the keys are of has been told to be wrong */
  guint line;
  guint n_keys;
} OhmKeyfileParser;

static void
ohm_keyfile_group_free (gpointer data)
{
  OhmKeyfileGroup *group = data;

  g_hash_table_unref (group->indices);
  g_array_unref (group->entries);
  g_free (group);
}

static OhmKeyfile *
ohm_keyfile_new (const char *name)
{
  OhmKeyfile *self = g_new0 (OhmKeyfile, 1);

  g_atomic_ref_count_init (&self->refs);
  self->name = g_strdup (name);
  self->texts = g_string_chunk_new (1024);
  self->groups = g_ptr_array_new_with_free_func (ohm_keyfile_group_free);
  self->lookup = g_hash_table_new (g_str_hash, g_str_equal);
  self->names = g_ptr_array_new ();
  return self;
}

OhmKeyfile *
ohm_keyfile_ref (OhmKeyfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ohm_keyfile_unref (OhmKeyfile *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_ptr_array_unref (self->names);
  g_hash_table_unref (self->lookup);
  g_ptr_array_unref (self->groups);
  g_string_chunk_free (self->texts);
  g_free (self->name);
  g_free (self);
}

static void G_GNUC_PRINTF (3, 4)
  ohm_keyfile_parser_set_error (OhmKeyfileParser *parser, GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s:%u: %s", parser->keyfile->name, parser->line,
               reason);
}

static gboolean
ohm_keyfile_parse_group (OhmKeyfileParser *parser, const char *line, GError **error)
{
  OhmKeyfile *self = parser->keyfile;
  g_autofree char *name = NULL;
  OhmKeyfileGroup *group;
  const char *end = strchr (line, ']');

  parser->is_lost = TRUE;
  if (end == NULL || end[1] != '\0')
    {
      ohm_keyfile_parser_set_error (parser, error, "expected a group as '[name]', found '%s'",
                                    line);
      return FALSE;
    }
  name = g_strstrip (g_strndup (line + 1, (gsize) (end - line - 1)));
  if (name[0] == '\0' || strchr (name, '[') != NULL)
    {
      ohm_keyfile_parser_set_error (parser, error, "bad group name '%s'", name);
      return FALSE;
    }
  group = g_hash_table_lookup (self->lookup, name);
  if (group != NULL)
    {
      ohm_keyfile_parser_set_error (parser, error, "[%s]: the group stands twice, first in line %u",
                                    name, group->line);
      return FALSE;
    }
  group = g_new0 (OhmKeyfileGroup, 1);
  group->name = g_string_chunk_insert (self->texts, name);
  group->line = parser->line;
  group->entries = g_array_new (/* zero terminated */ FALSE, TRUE, sizeof (OhmKeyfileEntry));
  group->indices = g_hash_table_new (g_str_hash, g_str_equal);
  g_ptr_array_add (self->groups, group);
  g_hash_table_insert (self->lookup, group->name, group);
  parser->group = group;
  parser->is_lost = FALSE;
  return TRUE;
}

static gboolean
ohm_keyfile_parse_key (OhmKeyfileParser *parser, char *line, GError **error)
{
  OhmKeyfileGroup *group = parser->group;
  OhmKeyfileEntry entry = { .line = parser->line };
  char *equals = strchr (line, '=');
  gpointer first = NULL;
  char *key;

  if (parser->is_lost)
    return TRUE;
  if (equals == NULL)
    {
      ohm_keyfile_parser_set_error (parser, error, "expected 'key = value', found '%s'", line);
      return FALSE;
    }
  *equals = '\0';
  key = g_strstrip (line);
  if (group == NULL)
    {
      parser->is_lost = TRUE;
      ohm_keyfile_parser_set_error (parser, error, "%s: the key stands before any [group]", key);
      return FALSE;
    }
  if (key[0] == '\0' || strpbrk (key, " \t[]#") != NULL)
    {
      ohm_keyfile_parser_set_error (parser, error, "[%s] %s: bad key", group->name, key);
      return FALSE;
    }
  if (g_hash_table_lookup_extended (group->indices, key, /* orig key */ NULL, &first))
    {
      guint index = GPOINTER_TO_UINT (first);

      ohm_keyfile_parser_set_error (parser, error,
                                    "[%s] %s: the key stands twice, first in line %u", group->name,
                                    key,
                                    g_array_index (group->entries, OhmKeyfileEntry, index).line);
      return FALSE;
    }
  if (++parser->n_keys > OHM_KEYFILE_KEYS_MAX)
    {
      ohm_keyfile_parser_set_error (parser, error, "more than %d keys", OHM_KEYFILE_KEYS_MAX);
      return FALSE;
    }
  key = g_string_chunk_insert (parser->keyfile->texts, key);
  entry.key = key;
  entry.value = g_string_chunk_insert (parser->keyfile->texts, g_strstrip (equals + 1));
  g_hash_table_insert (group->indices, key, GUINT_TO_POINTER (group->entries->len));
  g_array_append_val (group->entries, entry);
  return TRUE;
}

static gboolean
ohm_keyfile_parse_line (OhmKeyfileParser *parser, const char *text, gsize length, GError **error)
{
  g_autofree char *line = NULL;

  if (length > OHM_KEYFILE_LINE_MAX)
    {
      ohm_keyfile_parser_set_error (parser, error, "line is longer than %d bytes",
                                    OHM_KEYFILE_LINE_MAX);
      return FALSE;
    }
  /* before blanks are stripped: form feeds and the like count as blanks there */
  for (gsize i = 0; i < length; i++)
    {
      guchar byte = (guchar) text[i];
      gboolean is_line_end = byte == '\r' && i + 1 == length;

      if ((byte < 0x20 && byte != '\t' && !is_line_end) || byte == 0x7f)
        {
          ohm_keyfile_parser_set_error (parser, error, "control character 0x%02x", byte);
          return FALSE;
        }
    }
  line = g_strstrip (g_strndup (text, length));
  if (line[0] == '\0' || line[0] == '#')
    return TRUE;
  if (line[0] == '[')
    return ohm_keyfile_parse_group (parser, line, error);
  return ohm_keyfile_parse_key (parser, line, error);
}

static guint
ohm_keyfile_count_lines (const char *text, const char *end)
{
  guint lines = 1;

  for (; text < end; text++)
    if (*text == '\n')
      lines++;
  return lines;
}

static gboolean
ohm_keyfile_is_full (const GPtrArray *faults)
{
  return faults->len >= OHM_KEYFILE_FAULTS_MAX;
}

gboolean
ohm_keyfile_take_fault (GPtrArray *faults, GError *error)
{
  g_return_val_if_fail (faults != NULL, FALSE);

  if (error == NULL)
    return TRUE;
  if (!ohm_keyfile_is_full (faults))
    g_ptr_array_add (faults, g_strdup (error->message));
  g_error_free (error);
  return FALSE;
}

/* Without @faults the first line that is wrong ends it. */
static gboolean
ohm_keyfile_parse_lines (OhmKeyfileParser *parser,
                         const char *text,
                         gsize length,
                         GPtrArray *faults,
                         GError **error)
{
  const char *end = text + length;

  while (text < end && (faults == NULL || !ohm_keyfile_is_full (faults)))
    {
      const char *newline = memchr (text, '\n', (gsize) (end - text));
      const char *line_end = newline != NULL ? newline : end;
      g_autoptr (GError) inner = NULL;

      parser->line++;
      if (!ohm_keyfile_parse_line (parser, text, (gsize) (line_end - text), &inner))
        {
          if (faults == NULL)
            {
              g_propagate_error (error, g_steal_pointer (&inner));
              return FALSE;
            }
          ohm_keyfile_take_fault (faults, g_steal_pointer (&inner));
        }
      text = newline != NULL ? newline + 1 : end;
    }
  return TRUE;
}

static OhmKeyfile *
ohm_keyfile_parse_text (const char *file,
                        const char *text,
                        gsize length,
                        GPtrArray *faults,
                        GError **error)
{
  g_autoptr (OhmKeyfile) self = ohm_keyfile_new (file);
  OhmKeyfileParser parser = { 0 };
  const char *invalid = NULL;

  parser.keyfile = self;
  if (length > OHM_KEYFILE_BYTES_MAX)
    {
      parser.line = 1;
      ohm_keyfile_parser_set_error (&parser, error,
                                    "%" G_GSIZE_FORMAT " bytes, at most %d are read", length,
                                    OHM_KEYFILE_BYTES_MAX);
      return NULL;
    }
  if (length > 0 && !g_utf8_validate_len (text, length, &invalid))
    {
      parser.line = ohm_keyfile_count_lines (text, invalid);
      ohm_keyfile_parser_set_error (&parser, error, "byte 0x%02x is not UTF-8 text",
                                    (guint) (guchar) *invalid);
      return NULL;
    }
  if (length >= strlen (OHM_KEYFILE_BOM) &&
      memcmp (text, OHM_KEYFILE_BOM, strlen (OHM_KEYFILE_BOM)) == 0)
    {
      text += strlen (OHM_KEYFILE_BOM);
      length -= strlen (OHM_KEYFILE_BOM);
    }
  if (length > 0 && !ohm_keyfile_parse_lines (&parser, text, length, faults, error))
    return NULL;
  for (guint i = 0; i < self->groups->len; i++)
    g_ptr_array_add (self->names, ((OhmKeyfileGroup *) g_ptr_array_index (self->groups, i))->name);
  g_ptr_array_add (self->names, NULL);
  return g_steal_pointer (&self);
}

OhmKeyfile *
ohm_keyfile_parse (const char *file, const char *text, gsize length, GError **error)
{
  g_return_val_if_fail (file != NULL, NULL);
  g_return_val_if_fail (text != NULL || length == 0, NULL);

  return ohm_keyfile_parse_text (file, text, length, /* faults */ NULL, error);
}

OhmKeyfile *
ohm_keyfile_parse_all (const char *file, const char *text, gsize length, GPtrArray *faults)
{
  g_autoptr (OhmKeyfile) self = NULL;
  GError *error = NULL;

  g_return_val_if_fail (file != NULL, NULL);
  g_return_val_if_fail (text != NULL || length == 0, NULL);
  g_return_val_if_fail (faults != NULL, NULL);

  self = ohm_keyfile_parse_text (file, text, length, faults, &error);
  ohm_keyfile_take_fault (faults, error);
  return g_steal_pointer (&self);
}

/* A link to the null device masks a file: it reads as an empty one. */
static gboolean
ohm_keyfile_is_readable (const struct stat *status)
{
  return S_ISREG (status->st_mode) ||
         (S_ISCHR (status->st_mode) && status->st_rdev == makedev (1, 3));
}

/* Returns bytes read or -1; errno is set then. */
static gssize
ohm_keyfile_read (int fd, char *buffer, gsize size)
{
  gsize length = 0;

  while (length < size)
    {
      ssize_t n = read (fd, buffer + length, size - length);

      if (n == 0)
        break;
      if (n < 0 && errno != EINTR)
        return -1;
      if (n > 0)
        length += (gsize) n;
    }
  return (gssize) length;
}

static OhmKeyfile *
ohm_keyfile_load_text (const char *path, GPtrArray *faults, GError **error)
{
  g_autofree char *text = NULL;
  struct stat status = { 0 };
  gssize length = -1;
  int saved_errno;
  int fd;

  /* non-blocking: a pipe of that name must not hold up the caller */
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    {
      saved_errno = errno;
      g_set_error (error, OHM_ERROR, saved_errno == ENOENT ? OHM_ERROR_NOT_FOUND : OHM_ERROR_CONFIG,
                   "%s: %s", path, g_strerror (saved_errno));
      return NULL;
    }
  saved_errno = EINVAL;
  if (fstat (fd, &status) == 0 && ohm_keyfile_is_readable (&status))
    {
      /* one byte more than allowed tells a file that is too long, however long it is */
      text = g_malloc (OHM_KEYFILE_BYTES_MAX + 1);
      length = ohm_keyfile_read (fd, text, OHM_KEYFILE_BYTES_MAX + 1);
      saved_errno = errno;
    }
  close (fd);
  if (length >= 0)
    return ohm_keyfile_parse_text (path, text, (gsize) length, faults, error);
  if (text == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s: not a regular file", path);
  else
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s: %s", path, g_strerror (saved_errno));
  return NULL;
}

OhmKeyfile *
ohm_keyfile_load (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  return ohm_keyfile_load_text (path, /* faults */ NULL, error);
}

OhmKeyfile *
ohm_keyfile_load_all (const char *path, GPtrArray *faults)
{
  g_autoptr (OhmKeyfile) self = NULL;
  GError *error = NULL;

  g_return_val_if_fail (path != NULL, NULL);
  g_return_val_if_fail (faults != NULL, NULL);

  self = ohm_keyfile_load_text (path, faults, &error);
  ohm_keyfile_take_fault (faults, error);
  return g_steal_pointer (&self);
}

const char *
ohm_keyfile_get_name (OhmKeyfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

const char *const *
ohm_keyfile_get_groups (OhmKeyfile *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *const *) self->names->pdata;
}

const OhmKeyfileEntry *
ohm_keyfile_get_entries (OhmKeyfile *self, const char *group, guint *ret_n)
{
  const OhmKeyfileGroup *found;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (group != NULL, NULL);
  g_return_val_if_fail (ret_n != NULL, NULL);

  found = g_hash_table_lookup (self->lookup, group);
  *ret_n = found != NULL ? found->entries->len : 0;
  return found != NULL ? (const OhmKeyfileEntry *) (gpointer) found->entries->data : NULL;
}

static const OhmKeyfileEntry *
ohm_keyfile_find (OhmKeyfile *self, const char *group, const char *key)
{
  const OhmKeyfileGroup *found = g_hash_table_lookup (self->lookup, group);
  gpointer index = NULL;

  if (found == NULL)
    return NULL;
  if (!g_hash_table_lookup_extended (found->indices, key, /* orig key */ NULL, &index))
    return NULL;
  return &g_array_index (found->entries, OhmKeyfileEntry, GPOINTER_TO_UINT (index));
}

const char *
ohm_keyfile_get (OhmKeyfile *self, const char *group, const char *key)
{
  const OhmKeyfileEntry *entry;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (group != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);

  entry = ohm_keyfile_find (self, group, key);
  return entry != NULL ? entry->value : NULL;
}

guint
ohm_keyfile_get_line (OhmKeyfile *self, const char *group, const char *key)
{
  const OhmKeyfileGroup *found;
  const OhmKeyfileEntry *entry;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (group != NULL, 0);

  if (key != NULL)
    {
      entry = ohm_keyfile_find (self, group, key);
      return entry != NULL ? entry->line : 0;
    }
  found = g_hash_table_lookup (self->lookup, group);
  return found != NULL ? found->line : 0;
}

void
ohm_keyfile_set_error (OhmKeyfile *self,
                       OhmError code,
                       const char *group,
                       const char *key,
                       GError **error,
                       const char *format,
                       ...)
{
  g_autoptr (GString) message = NULL;
  guint line = 0;
  va_list args;

  g_return_if_fail (self != NULL);
  g_return_if_fail (key == NULL || group != NULL);

  if (group != NULL)
    line = ohm_keyfile_get_line (self, group, key);
  /* a key that is missing is told at its group */
  if (line == 0 && key != NULL)
    line = ohm_keyfile_get_line (self, group, /* key */ NULL);
  message = g_string_new (self->name);
  if (line != 0)
    g_string_append_printf (message, ":%u", line);
  if (key != NULL)
    g_string_append_printf (message, ": [%s] %s: ", group, key);
  else if (group != NULL)
    g_string_append_printf (message, ": [%s]: ", group);
  else
    g_string_append (message, ": ");
  va_start (args, format);
  g_string_append_vprintf (message, format, args);
  va_end (args);
  g_set_error_literal (error, OHM_ERROR, (int) code, message->str);
}
