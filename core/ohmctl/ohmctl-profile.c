/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-csv.h"
#include "ohmctl-format.h"
#include "ohmctl-new-profile.h"
#include "ohmctl-profile-rows.h"
#include "ohmctl-register.h"
#include "ohmctl-show.h"
#include "ohmctl-verbs.h"

#define INHERIT_MAX 8

static void
ohmctl_profile_print_causes (OhmctlContext *context, GPtrArray *profiles)
{
  for (guint i = 0; i < profiles->len; i++)
    {
      OhmctlObject *profile = profiles->pdata[i];
      g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (profile);

      if (cause == NULL)
        continue;
      ohmctl_printf ("\n%s (%s)\n", ohmctl_object_get_id (profile),
                     ohmctl_object_string (profile, "File"));
      ohmctl_print_message (context, 2, cause);
    }
}

static gboolean
ohmctl_profile_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  static const char *const titles[] = { "TYPE", "NAME", "REVISION", "FAMILY", "METERS", "STATE" };
  static const OhmctlAlign aligns[] = { OHMCTL_ALIGN_LEFT, OHMCTL_ALIGN_SHRINK, OHMCTL_ALIGN_RIGHT,
                                        OHMCTL_ALIGN_LEFT, OHMCTL_ALIGN_RIGHT,  OHMCTL_ALIGN_LEFT };
  g_autoptr (GPtrArray) profiles = ohmctl_object_list (context, OHMCTL_KIND_PROFILE, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (profiles == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("profiles", profiles);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i], aligns[i]);
  for (guint i = 0; i < profiles->len; i++)
    {
      OhmctlObject *profile = profiles->pdata[i];
      const char *state = ohmctl_object_string (profile, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (profile));
      ohmctl_table_add (table, ohmctl_object_string (profile, "Name"));
      ohmctl_table_add_take (table, g_strdup_printf ("%" G_GINT64_FORMAT,
                                                     ohmctl_object_integer (profile, "Revision")));
      ohmctl_table_add (table, ohmctl_object_string (profile, "Family"));
      ohmctl_table_add_take (table, g_strdup_printf ("%" G_GINT64_FORMAT,
                                                     ohmctl_object_integer (profile, "Meters")));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
    }
  ohmctl_print_table (context, table);
  ohmctl_profile_print_causes (context, profiles);
  return TRUE;
}

/* The text in force; "" if the type has no file. (transfer full) (nullable) */
static char *
ohmctl_profile_dup_text (OhmctlContext *context, OhmctlObject *profile, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GVariant) reply = NULL;
  char *text;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (profile), "Profile.GetText",
                                  /* arguments */ NULL, "(s)", &local);
  if (ohm_error_is_not_found (local))
    return g_strdup ("");
  if (reply == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  g_variant_get (reply, "(s)", &text);
  return text;
}

/* Where profiles that others inherit from are looked for. */
typedef struct
{
  OhmctlContext *context;
  const char *dir;      /* of the file that is checked */
  GHashTable *profiles; /* (owned): id to OhmProfile */
  guint depth;
} OhmctlProfileSource;

static OhmProfile *ohmctl_profile_lookup (const char *id, gpointer data);

static OhmProfile *
ohmctl_profile_parse_file (OhmctlProfileSource *source, const char *path)
{
  gsize length;
  g_autofree char *text = ohmctl_read_file (path, OHM_KEYFILE_BYTES_MAX, &length, /* error */ NULL);

  if (text == NULL)
    return NULL;
  return ohm_profile_parse (path, text, length, ohmctl_profile_lookup, source, /* error */ NULL);
}

/* From the daemon, if there is one. */
static OhmProfile *
ohmctl_profile_parse_remote (OhmctlProfileSource *source, const char *id)
{
  g_autoptr (OhmctlObject) object = ohmctl_object_get (source->context, OHMCTL_KIND_PROFILE, id,
                                                       /* error */ NULL);
  g_autofree char *text = object != NULL
                            ? ohmctl_profile_dup_text (source->context, object, /* error */ NULL)
                            : NULL;
  g_autofree char *name = g_strconcat (id, OHM_PROFILE_SUFFIX, NULL);

  if (text == NULL || *text == '\0')
    return NULL;
  return ohm_profile_parse (name, text, strlen (text), ohmctl_profile_lookup, source,
                            /* error */ NULL);
}

static OhmProfile *
ohmctl_profile_lookup (const char *id, gpointer data)
{
  OhmctlProfileSource *source = data;
  OhmProfile *profile = g_hash_table_lookup (source->profiles, id);
  g_autofree char *name = g_strconcat (id, OHM_PROFILE_SUFFIX, NULL);
  g_autofree char *beside = g_build_filename (source->dir, name, NULL);
  g_autofree char *installed = g_build_filename (PROFILE_DIR, name, NULL);

  if (profile != NULL || !ohm_id_is_valid (id) || source->depth >= INHERIT_MAX)
    return profile;
  source->depth++;
  profile = ohmctl_profile_parse_file (source, beside);
  if (profile == NULL)
    profile = ohmctl_profile_parse_remote (source, id);
  if (profile == NULL)
    profile = ohmctl_profile_parse_file (source, installed);
  source->depth--;
  if (profile != NULL)
    g_hash_table_insert (source->profiles, g_strdup (id), profile);
  return profile;
}

/* @profile: (nullable): the same, as this program understands it */
static void
ohmctl_profile_print (OhmctlContext *context, OhmctlObject *object, OhmProfile *profile)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();

  ohmctl_show_line (table, "type", ohmctl_object_get_id (object));
  ohmctl_show_line (table, "name", ohmctl_object_string (object, "Name"));
  ohmctl_show_line_take (table, "revision",
                         g_strdup_printf ("%" G_GINT64_FORMAT,
                                          ohmctl_object_integer (object, "Revision")));
  ohmctl_show_line (table, "family", ohmctl_object_string (object, "Family"));
  ohmctl_show_line (table, "inherits", ohmctl_object_string (object, "Parent"));
  ohmctl_show_line (table, "source", ohmctl_object_string (object, "Source"));
  ohmctl_show_line (table, "file", ohmctl_object_string (object, "File"));
  ohmctl_show_line_take (table, "meters",
                         g_strdup_printf ("%" G_GINT64_FORMAT,
                                          ohmctl_object_integer (object, "Meters")));
  if (profile != NULL)
    ohmctl_profile_rows_summarize (table, profile);
  ohmctl_show_state (table, object);
  ohmctl_print_table (context, table);
  if (profile != NULL)
    ohmctl_profile_rows_print (context, profile);
}

/* (transfer full) (nullable) */
static OhmProfile *
ohmctl_profile_parse_object (OhmctlContext *context, OhmctlObject *object, const char *text)
{
  g_autoptr (GHashTable) profiles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                           (GDestroyNotify) ohm_profile_unref);
  const char *file = ohmctl_object_string (object, "File");
  g_autofree char *dir = g_path_get_dirname (file);
  OhmctlProfileSource source = { context, dir, profiles, 0 };

  return ohm_profile_parse (file, text, strlen (text), ohmctl_profile_lookup, &source,
                            /* error */ NULL);
}

static gboolean
ohmctl_profile_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) object = ohmctl_change_get_object (context, OHMCTL_KIND_PROFILE, args,
                                                              error);
  g_autoptr (OhmProfile) profile = NULL;
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autofree char *text = NULL;

  if (object == NULL)
    return FALSE;
  text = ohmctl_profile_dup_text (context, object, error);
  if (text == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_object (json, "profile", object);
      ohmctl_json_string (json, "text", *text != '\0' ? text : NULL);
      ohmctl_json_end_object (json);
      ohmctl_print_json (json);
      return TRUE;
    }
  if (ohmctl_args_has (args, "file"))
    {
      ohmctl_print (text);
      return TRUE;
    }
  profile = ohmctl_profile_parse_object (context, object, text);
  ohmctl_profile_print (context, object, profile);
  return TRUE;
}

static void
ohmctl_profile_print_check (OhmctlContext *context,
                            const char *path,
                            OhmProfile *profile,
                            GPtrArray *findings)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autofree char *warning = profile != NULL ? ohmctl_profile_rows_dup_twin (profile) : NULL;

  if (!context->is_json)
    {
      if (warning != NULL)
        ohmctl_printf ("%s: warning: %s\n", path, warning);
      for (guint i = 0; i < findings->len; i++)
        ohmctl_printf ("%s\n", (const char *) findings->pdata[i]);
      if (profile != NULL)
        ohmctl_printf ("%s: ok, type '%s', revision %u\n", path, ohm_profile_get_id (profile),
                       ohm_profile_get_revision (profile));
      return;
    }
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "file", path);
  ohmctl_json_string (json, "type", profile != NULL ? ohm_profile_get_id (profile) : NULL);
  ohmctl_json_string (json, "finding", findings->len > 0 ? findings->pdata[0] : NULL);
  ohmctl_json_begin_array (json, "findings");
  for (guint i = 0; i < findings->len; i++)
    ohmctl_json_string (json, NULL, findings->pdata[i]);
  ohmctl_json_end_array (json);
  ohmctl_json_string (json, "warning", warning);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static gboolean
ohmctl_profile_check_one (OhmctlContext *context, const char *path, GError **error)
{
  g_autoptr (GHashTable) profiles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                           (GDestroyNotify) ohm_profile_unref);
  g_autofree char *dir = g_path_get_dirname (path);
  OhmctlProfileSource source = { context, dir, profiles, 0 };
  g_autoptr (GPtrArray) findings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (OhmProfile) profile = NULL;
  gsize length;
  g_autofree char *text = ohmctl_read_file (path, OHM_KEYFILE_BYTES_MAX, &length, error);

  if (text == NULL)
    return FALSE;
  profile = ohm_profile_parse_all (path, text, length, ohmctl_profile_lookup, &source, findings);
  ohmctl_profile_print_check (context, path, profile, findings);
  if (findings->len > 0)
    context->exit = OHMCTL_EXIT_FINDINGS;
  return TRUE;
}

static gboolean
ohmctl_profile_check (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *const *paths = ohmctl_args_words (args, 0);

  for (guint i = 0; paths[i] != NULL; i++)
    if (!ohmctl_profile_check_one (context, paths[i], error))
      return FALSE;
  return TRUE;
}

static const OhmctlOption ohmctl_profile_show_options[] = {
  { "file", NULL, "print the profile as it is written instead" },
  { NULL },
};

const OhmctlVerb ohmctl_profile_verbs[] = {
  {
    .object = "profile",
    .verb = "list",
    .words = "",
    .summary = "all meter types; why some files were refused",
    .run = ohmctl_profile_list,
  },
  {
    .object = "profile",
    .verb = "show",
    .words = "TYPE",
    .summary = "everything known of a meter type",
    .options = ohmctl_profile_show_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_PROFILE },
    .run = ohmctl_profile_show,
  },
  {
    .object = "profile",
    .verb = "check",
    .words = "FILE...",
    .summary = "check profiles before they are installed",
    .text =
      "Needs no daemon. A profile that another one inherits from is looked for beside the "
      "file, in the daemon if it runs, and where profiles are installed. Two points that read "
      "one register are a warning: mostly an address was copied.",
    .examples = "ohmctl profile check my-meter.profile\n",
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_FILE, OHMCTL_WORD_FILE, OHMCTL_WORD_FILE },
    .run = ohmctl_profile_check,
  },
  {
    .object = "profile",
    .verb = "new",
    .words = "ID [ADDRESS POINT]...",
    .summary = "write a first profile of an unknown device, with comments",
    .text = "Reads the value at each ADDRESS once and writes a row for it with the type, word and "
            "byte order that fit best; what else they may be is said beside it. POINT is a name as "
            "'ohmctl profile show umg96rm' lists them, or a fact: serial, firmware, model, name. "
            "The result loads as it is.\n\n" OHMCTL_REGISTER_HELP,
    .examples = "ohmctl profile new acme-42 --from=192.0.2.10 3x1 voltage.l1-n 3x71 frequency\n"
                "ohmctl profile new acme-42 --output=acme-42.profile\n",
    .options = ohmctl_new_profile_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .run = ohmctl_new_profile_run,
  },
  { NULL },
};
