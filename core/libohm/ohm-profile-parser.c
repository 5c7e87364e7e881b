/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <string.h>

#include "ohm-names.h"

#define OHM_PROFILE_REPEAT_DEFAULT 32

typedef struct
{
  OhmProfile *self;
  OhmKeyfile *keyfile;
  OhmProfileLookup lookup;
  gpointer user_data;
  GPtrArray *faults; /* (element-type utf8): all that is wrong so far */
} OhmProfileParser;

static gboolean G_GNUC_PRINTF (5, 6) ohm_profile_parser_refuse (OhmProfileParser *parser,
                                                                const char *group,
                                                                const char *key,
                                                                GError **error,
                                                                const char *format,
                                                                ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  ohm_keyfile_set_error (parser->keyfile, OHM_ERROR_PROFILE, group, key, error, "%s", reason);
  return FALSE;
}

static void
ohm_profile_parser_check_groups (OhmProfileParser *parser)
{
  const char *const *groups = ohm_keyfile_get_groups (parser->keyfile);
  const char *const *known = ohm_profile_grammar_groups ();

  for (guint i = 0; groups[i] != NULL; i++)
    {
      GError *error = NULL;
      const char *meant;

      if (g_strv_contains (known, groups[i]))
        continue;
      meant = ohm_suggest (groups[i], known);
      ohm_profile_parser_refuse (parser, groups[i], /* key */ NULL, &error, "unknown group%s%s%s",
                                 meant != NULL ? "; did you mean [" : "",
                                 meant != NULL ? meant : "", meant != NULL ? "]?" : "");
      ohm_keyfile_take_fault (parser->faults, error);
    }
}

static void
ohm_profile_parser_share_rows (GPtrArray *to, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_atomic_rc_box_acquire (g_ptr_array_index (from, i)));
}

static void
ohm_profile_parser_copy_rules (GPtrArray *to, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_memdup2 (g_ptr_array_index (from, i), sizeof (OhmProfileRule)));
}

static void
ohm_profile_parser_copy_array (GArray *to, GArray *from)
{
  g_array_append_vals (to, from->data, from->len);
}

static void
ohm_profile_parser_take_parent (OhmProfile *self, OhmProfile *parent)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  self->parent = ohm_profile_ref (parent);
  self->family = parent->family;
  self->source = parent->source;
  self->limits = parent->limits;
  self->repeat_count = parent->repeat_count;
  self->repeat_over = parent->repeat_over;
  ohm_profile_parser_copy_array (self->stateful, parent->stateful);
  ohm_profile_parser_copy_array (self->holes, parent->holes);
  ohm_profile_parser_copy_array (self->writes, parent->writes);
  ohm_profile_parser_copy_array (self->clocks, parent->clocks);
  ohm_profile_parser_share_rows (self->rows, parent->rows);
  ohm_profile_parser_share_rows (self->facts, parent->facts);
  ohm_profile_parser_copy_rules (self->rules, parent->rules);
  g_hash_table_iter_init (&iter, parent->extra);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (self->extra, g_strdup (key), g_strdup (value));
}

static gboolean
ohm_profile_parser_inherit (OhmProfileParser *parser, const char *id, GError **error)
{
  OhmProfile *parent = NULL;

  if (g_str_equal (id, parser->self->id))
    return ohm_profile_parser_refuse (parser, "profile", "inherits", error,
                                      "a profile cannot inherit from itself");
  if (parser->lookup != NULL)
    parent = parser->lookup (id, parser->user_data);
  if (parent == NULL)
    return ohm_profile_parser_refuse (parser, "profile", "inherits", error,
                                      "there is no profile '%s'", id);
  ohm_profile_parser_take_parent (parser->self, parent);
  return TRUE;
}

static gboolean
ohm_profile_parser_check_id (OhmProfileParser *parser, const char *id, GError **error)
{
  g_autofree char *stem = g_path_get_basename (ohm_keyfile_get_name (parser->keyfile));

  if (g_str_has_suffix (stem, OHM_PROFILE_SUFFIX))
    stem[strlen (stem) - strlen (OHM_PROFILE_SUFFIX)] = '\0';
  if (!ohm_id_is_valid (id))
    return ohm_profile_parser_refuse (parser, "profile", "id", error,
                                      "'%s': an id has a-z, 0-9 and '-', and begins with no '-'",
                                      id);
  if (!g_str_equal (id, stem))
    return ohm_profile_parser_refuse (parser, "profile", "id", error,
                                      "'%s' differs from the file name's stem '%s'", id, stem);
  return TRUE;
}

static gboolean
ohm_profile_parser_take_family (OhmProfileParser *parser, const char *family, GError **error)
{
  OhmProfile *self = parser->self;

  if (family[0] != '\0' && !ohm_id_is_valid (family))
    return ohm_profile_parser_refuse (parser, "profile", "family", error, "'%s' is no plugin's id",
                                      family);
  self->family = family[0] != '\0' ? g_string_chunk_insert (self->texts, family) : NULL;
  return TRUE;
}

static gboolean
ohm_profile_parser_read_profile (OhmProfileParser *parser, GError **error)
{
  OhmProfile *self = parser->self;
  g_autoptr (OhmSettings) settings = ohm_profile_read_settings (parser->keyfile, "profile", error);
  const char *id;

  if (settings == NULL)
    return FALSE;
  id = ohm_settings_get_string (settings, "id");
  if (!ohm_profile_parser_check_id (parser, id, error))
    return FALSE;
  self->file = g_string_chunk_insert (self->texts, ohm_keyfile_get_name (parser->keyfile));
  self->id = g_string_chunk_insert (self->texts, id);
  self->name = g_string_chunk_insert (self->texts, ohm_settings_get_string (settings, "name"));
  self->revision = (guint) ohm_settings_get_integer (settings, "revision");
  if (ohm_settings_is_set (settings, "inherits") &&
      !ohm_profile_parser_inherit (parser, ohm_settings_get_string (settings, "inherits"), error))
    return FALSE;
  if (ohm_settings_is_set (settings, "source"))
    self->source = g_string_chunk_insert (self->texts,
                                          ohm_settings_get_string (settings, "source"));
  return !ohm_settings_is_set (settings, "family") ||
         ohm_profile_parser_take_family (parser, ohm_settings_get_string (settings, "family"),
                                         error);
}

static gboolean
ohm_profile_parser_read_repeat (OhmProfileParser *parser, GError **error)
{
  OhmProfile *self = parser->self;
  g_autoptr (OhmSettings) settings = NULL;

  if (ohm_keyfile_get_line (parser->keyfile, "repeat", /* key */ NULL) == 0)
    return TRUE;
  settings = ohm_profile_read_settings (parser->keyfile, "repeat", error);
  if (settings == NULL)
    return FALSE;
  if (!ohm_settings_is_set (settings, "count") && !ohm_settings_is_set (settings, "over"))
    return ohm_profile_parser_refuse (parser, "repeat",
                                      /* key */ NULL, error, "expected count or over");
  self->repeat_over = NULL;
  self->repeat_count = OHM_PROFILE_REPEAT_DEFAULT;
  if (ohm_settings_is_set (settings, "count"))
    self->repeat_count = (guint) ohm_settings_get_integer (settings, "count");
  if (ohm_settings_is_set (settings, "over"))
    {
      const char *over = ohm_settings_get_string (settings, "over");

      if (over[0] != '@')
        return ohm_profile_parser_refuse (parser, "repeat", "over", error, "'%s': expected @FACT",
                                          over);
      self->repeat_over = g_string_chunk_insert (self->texts, over + 1);
    }
  return TRUE;
}

/* Position of the row that the parent gave, or the length of the array. */
static guint
ohm_profile_parser_find_inherited (GPtrArray *rows, guint n_inherited, const char *name)
{
  for (guint i = 0; i < n_inherited; i++)
    if (g_str_equal (((const OhmProfileRow *) g_ptr_array_index (rows, i))->name, name))
      return i;
  return rows->len;
}

static gboolean
ohm_profile_parser_read_row (OhmProfileParser *parser,
                             OhmProfilePlaces place,
                             const OhmKeyfileEntry *entry,
                             guint *n_inherited,
                             GError **error)
{
  const char *group = place == OHM_PROFILE_IN_FACTS ? "facts" : "registers";
  GPtrArray *rows = place == OHM_PROFILE_IN_FACTS ? parser->self->facts : parser->self->rows;
  guint position = ohm_profile_parser_find_inherited (rows, *n_inherited, entry->key);
  g_autoptr (GError) local_error = NULL;
  OhmProfileRow *row;

  if (entry->value[0] == '\0')
    {
      if (position == rows->len)
        return ohm_profile_parser_refuse (parser, group, entry->key, error,
                                          "there is no inherited row to remove");
      g_ptr_array_remove_index (rows, position);
      (*n_inherited)--;
      return TRUE;
    }
  row = ohm_profile_row_parse (entry->key, entry->value, place, parser->self->texts, &local_error);
  if (row == NULL)
    return ohm_profile_parser_refuse (parser, group, entry->key, error, "%s", local_error->message);
  if (position == rows->len)
    {
      g_ptr_array_add (rows, row);
      return TRUE;
    }
  g_atomic_rc_box_release (g_ptr_array_index (rows, position));
  g_ptr_array_index (rows, position) = row;
  return TRUE;
}

static void
ohm_profile_parser_read_rows (OhmProfileParser *parser, OhmProfilePlaces place)
{
  const char *group = place == OHM_PROFILE_IN_FACTS ? "facts" : "registers";
  GPtrArray *rows = place == OHM_PROFILE_IN_FACTS ? parser->self->facts : parser->self->rows;
  guint n_inherited = rows->len;
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (parser->keyfile, group, &n);
  GError *error = NULL;

  if (rows->len + n > OHM_PROFILE_ROWS_MAX)
    {
      ohm_profile_parser_refuse (parser, group, /* key */ NULL, &error, "more than %d rows",
                                 OHM_PROFILE_ROWS_MAX);
      ohm_keyfile_take_fault (parser->faults, error);
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      error = NULL;
      ohm_profile_parser_read_row (parser, place, &entries[i], &n_inherited, &error);
      ohm_keyfile_take_fault (parser->faults, error);
    }
}

static void
ohm_profile_parser_remove_rule (GPtrArray *rules, const char *name)
{
  for (guint i = 0; i < rules->len; i++)
    if (g_str_equal (((const OhmProfileRule *) g_ptr_array_index (rules, i))->name, name))
      g_ptr_array_remove_index (rules, i--);
}

static gboolean
ohm_profile_parser_read_rule (OhmProfileParser *parser,
                              const OhmKeyfileEntry *entry,
                              GError **error)
{
  OhmProfile *self = parser->self;
  g_autofree OhmProfileRule *rule = g_new0 (OhmProfileRule, 1);
  g_autoptr (GError) local_error = NULL;

  if (!ohm_id_is_valid (entry->key))
    return ohm_profile_parser_refuse (parser, "identify", entry->key, error, "bad name of a rule");
  ohm_profile_parser_remove_rule (self->rules, entry->key);
  if (entry->value[0] == '\0')
    return TRUE;
  rule->name = g_string_chunk_insert (self->texts, entry->key);
  if (!ohm_profile_row_parse_rule (&rule->rule, entry->value, self->texts, &local_error))
    return ohm_profile_parser_refuse (parser, "identify", entry->key, error, "%s",
                                      local_error->message);
  g_ptr_array_add (self->rules, g_steal_pointer (&rule));
  if (self->rules->len > OHM_PROFILE_RULES_MAX)
    return ohm_profile_parser_refuse (parser, "identify", entry->key, error, "more than %d rules",
                                      OHM_PROFILE_RULES_MAX);
  return TRUE;
}

static void
ohm_profile_parser_read_rules (OhmProfileParser *parser)
{
  OhmProfile *self = parser->self;
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (parser->keyfile, "identify", &n);

  for (guint i = 0; i < n && self->rules->len <= OHM_PROFILE_RULES_MAX; i++)
    {
      GError *error = NULL;

      ohm_profile_parser_read_rule (parser, &entries[i], &error);
      ohm_keyfile_take_fault (parser->faults, error);
    }
  for (guint i = 0; i < self->rules->len; i++)
    g_array_append_val (self->rule_table,
                        ((OhmProfileRule *) g_ptr_array_index (self->rules, i))->rule);
}

static gboolean
ohm_profile_parser_read_extra (OhmProfileParser *parser, GError **error)
{
  OhmProfile *self = parser->self;
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (parser->keyfile, "family", &n);

  if (n > 0 && self->family == NULL)
    return ohm_profile_parser_refuse (parser, "family",
                                      /* key */ NULL, error,
                                      "there is no family in [profile] that could read this");
  for (guint i = 0; i < n; i++)
    {
      if (!ohm_id_is_valid (entries[i].key))
        return ohm_profile_parser_refuse (parser, "family", entries[i].key, error, "bad key");
      if (entries[i].value[0] == '\0')
        g_hash_table_remove (self->extra, entries[i].key);
      else
        g_hash_table_insert (self->extra, g_strdup (entries[i].key), g_strdup (entries[i].value));
    }
  return TRUE;
}

/* Whether the step was right; the others are taken all the same. */
static gboolean
ohm_profile_parser_note (OhmProfileParser *parser, GError **error)
{
  return ohm_keyfile_take_fault (parser->faults, g_steal_pointer (error));
}

static void
ohm_profile_parser_read (OhmProfileParser *parser)
{
  OhmProfile *self = parser->self;
  GError *error = NULL;
  gboolean has_head;
  guint n_before;

  ohm_profile_parser_check_groups (parser);
  ohm_profile_parser_read_profile (parser, &error);
  has_head = ohm_profile_parser_note (parser, &error);
  ohm_profile_limits_parse (self, parser->keyfile, &error);
  ohm_profile_parser_note (parser, &error);
  ohm_profile_parser_read_repeat (parser, &error);
  ohm_profile_parser_note (parser, &error);
  n_before = parser->faults->len;
  /* what an heir may take away depends on its parent */
  if (has_head || ohm_keyfile_get (parser->keyfile, "profile", "inherits") == NULL)
    {
      ohm_profile_parser_read_rows (parser, OHM_PROFILE_IN_FACTS);
      n_before = parser->faults->len;
      ohm_profile_parser_read_rows (parser, OHM_PROFILE_IN_REGISTERS);
    }
  ohm_profile_parser_read_rules (parser);
  ohm_profile_clock_parse (self, parser->keyfile, &error);
  ohm_profile_parser_note (parser, &error);
  ohm_profile_limits_parse_writes (self, parser->keyfile, &error);
  ohm_profile_parser_note (parser, &error);
  if (has_head)
    ohm_profile_parser_read_extra (parser, &error);
  ohm_profile_parser_note (parser, &error);
  /* of rows that refer to what is wrong itself nothing can be said */
  if (n_before == 0)
    ohm_profile_check (self, parser->keyfile, parser->faults);
  self->limits.stateful = (const OhmRange *) (gpointer) self->stateful->data;
  self->limits.n_stateful = self->stateful->len;
  self->limits.holes = (const OhmRange *) (gpointer) self->holes->data;
  self->limits.n_holes = self->holes->len;
}

OhmProfile *
ohm_profile_parse_all (const char *file,
                       const char *text,
                       gsize length,
                       OhmProfileLookup lookup,
                       gpointer user_data,
                       GPtrArray *faults)
{
  g_autoptr (OhmProfile) self = NULL;
  g_autoptr (OhmKeyfile) keyfile = NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  OhmProfileParser parser = { .lookup = lookup, .user_data = user_data, .faults = found };

  g_return_val_if_fail (file != NULL, NULL);
  g_return_val_if_fail (text != NULL || length == 0, NULL);
  g_return_val_if_fail (faults != NULL, NULL);

  keyfile = ohm_keyfile_parse_all (file, text, length, found);
  if (keyfile != NULL)
    {
      self = ohm_profile_alloc ();
      parser.self = self;
      parser.keyfile = keyfile;
      ohm_profile_parser_read (&parser);
    }
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (faults, g_strdup (g_ptr_array_index (found, i)));
  return found->len == 0 ? g_steal_pointer (&self) : NULL;
}

OhmProfile *
ohm_profile_parse (const char *file,
                   const char *text,
                   gsize length,
                   OhmProfileLookup lookup,
                   gpointer user_data,
                   GError **error)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (OhmProfile) self = NULL;

  self = ohm_profile_parse_all (file, text, length, lookup, user_data, faults);
  if (self == NULL && faults->len > 0)
    g_set_error_literal (error, OHM_ERROR, OHM_ERROR_PROFILE, g_ptr_array_index (faults, 0));
  return g_steal_pointer (&self);
}
