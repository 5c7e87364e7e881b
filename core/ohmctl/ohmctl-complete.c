/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-complete.h"

#include <string.h>

#include "ohmctl-app.h"
#include "ohmctl-connection.h"
#include "ohmctl-object.h"
#include "ohmctl-reading.h"

/**
 * OhmctlCompletion:
 * @context: speaks to the daemon
 * @line: what was understood of the words before the last
 * @word: the word that is being written
 * @prefix: what stands before the completed part in the same word: `--type=`
 */
typedef struct
{
  OhmctlContext *context;
  OhmctlLine line;
  const char *word;
  char *prefix;
} OhmctlCompletion;

static void
ohmctl_complete_offer (OhmctlCompletion *self, const char *candidate)
{
  if (g_str_has_prefix (candidate, self->word))
    ohmctl_printf ("%s%s\n", self->prefix, candidate);
}

static void
ohmctl_complete_offer_all (OhmctlCompletion *self, const char *const *candidates)
{
  for (guint i = 0; candidates[i] != NULL; i++)
    ohmctl_complete_offer (self, candidates[i]);
}

static void
ohmctl_complete_offer_objects (OhmctlCompletion *self, OhmctlKind kind)
{
  g_autoptr (GPtrArray) list = ohmctl_object_list (self->context, kind, /* error */ NULL);

  for (guint i = 0; list != NULL && i < list->len; i++)
    ohmctl_complete_offer (self, ohmctl_object_get_id (list->pdata[i]));
}

/* What events are about, each name once: a meter and its place may share one. */
static void
ohmctl_complete_offer_subjects (OhmctlCompletion *self)
{
  static const OhmctlKind kinds[] = { OHMCTL_KIND_METER, OHMCTL_KIND_PLACE, OHMCTL_KIND_UPLINK };
  g_autoptr (OhmctlObjects) objects = ohmctl_objects_get (self->context, /* error */ NULL);
  g_autoptr (GHashTable) offered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; objects != NULL && i < G_N_ELEMENTS (kinds); i++)
    {
      GPtrArray *list = objects->of[kinds[i]];

      for (guint j = 0; j < list->len; j++)
        if (g_hash_table_add (offered, g_strdup (ohmctl_object_get_id (list->pdata[j]))))
          ohmctl_complete_offer (self, ohmctl_object_get_id (list->pdata[j]));
    }
}

/* (nullable): points of the meter that the first word names */
static OhmctlPointSet *
ohmctl_complete_get_points (OhmctlCompletion *self)
{
  const char *id = ohmctl_args_word (self->line.args, 0);
  g_autoptr (OhmctlObject) meter = NULL;

  if (id != NULL)
    meter = ohmctl_object_get (self->context, OHMCTL_KIND_METER, id, /* error */ NULL);
  if (meter == NULL)
    return NULL;
  return ohmctl_point_set_get (self->context, ohmctl_object_string (meter, "PointSet"),
                               /* error */ NULL);
}

static void
ohmctl_complete_offer_points (OhmctlCompletion *self)
{
  OhmctlPointSet *set = ohmctl_complete_get_points (self);
  g_autofree const char **names = set != NULL ? ohmctl_point_set_dup_names (set) : NULL;

  if (names != NULL)
    ohmctl_complete_offer_all (self, names);
}

/* `POINT=` of what counts: a value follows. */
static void
ohmctl_complete_offer_counters (OhmctlCompletion *self)
{
  OhmctlPointSet *set = ohmctl_complete_get_points (self);

  for (guint i = 0; set != NULL && i < set->points->len; i++)
    {
      const OhmctlPoint *point = set->points->pdata[i];
      g_autofree char *assignment = g_strconcat (point->name, "=", NULL);

      if (ohmctl_point_is_counter (point))
        ohmctl_complete_offer (self, assignment);
    }
}

static void
ohmctl_complete_offer_keys (OhmctlCompletion *self)
{
  gboolean is_config = g_strcmp0 (self->line.object, "config") == 0;
  const char *scope = is_config ? "ohmd.conf" : self->line.object;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) rows = NULL;
  const char *key;

  reply = ohmctl_connection_call (self->context, OHM_DBUS_PATH, "Manager.ExplainConfig",
                                  g_variant_new ("(s)", scope != NULL ? scope : "meter"),
                                  "(a(ssssxxsssb))", /* error */ NULL);
  if (reply == NULL)
    return;
  g_variant_get (reply, "(a(ssssxxsssb))", &rows);
  while (g_variant_iter_next (rows, "(&s&s&s&sxx&s&s&sb)", NULL, NULL, &key, NULL, NULL, NULL, NULL,
                              NULL, NULL, NULL))
    {
      g_autofree char *assignment = g_strconcat (key, is_config ? "" : "=", NULL);

      ohmctl_complete_offer (self, assignment);
    }
}

/* Of the uplink that the first word names. */
static void
ohmctl_complete_offer_secrets (OhmctlCompletion *self)
{
  const char *id = ohmctl_args_word (self->line.args, 0);
  g_autoptr (OhmctlObject) uplink = NULL;
  g_autoptr (GVariant) secrets = NULL;
  GVariantIter iter;
  const char *name;

  if (id != NULL)
    uplink = ohmctl_object_get (self->context, OHMCTL_KIND_UPLINK, id, /* error */ NULL);
  if (uplink != NULL)
    secrets = ohmctl_object_variant (uplink, "Secrets", "a{ss}");
  if (secrets == NULL)
    return;
  g_variant_iter_init (&iter, secrets);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, NULL))
    ohmctl_complete_offer (self, name);
}

static void
ohmctl_complete_offer_word (OhmctlCompletion *self, OhmctlWord word)
{
  switch (word)
    {
    case OHMCTL_WORD_METER:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_METER);
      break;
    case OHMCTL_WORD_PLACE:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_PLACE);
      break;
    case OHMCTL_WORD_LINK:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_LINK);
      break;
    case OHMCTL_WORD_UPLINK:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_UPLINK);
      break;
    case OHMCTL_WORD_SECRET:
      ohmctl_complete_offer_secrets (self);
      break;
    case OHMCTL_WORD_METER_OR_LINK:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_METER);
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_LINK);
      break;
    case OHMCTL_WORD_SUBJECT:
      ohmctl_complete_offer_subjects (self);
      break;
    case OHMCTL_WORD_PROFILE:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_PROFILE);
      break;
    case OHMCTL_WORD_PLUGIN:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_PLUGIN);
      break;
    case OHMCTL_WORD_JOB:
      ohmctl_complete_offer_objects (self, OHMCTL_KIND_JOB);
      break;
    case OHMCTL_WORD_POINT:
      ohmctl_complete_offer_points (self);
      break;
    case OHMCTL_WORD_COUNTER:
      ohmctl_complete_offer_counters (self);
      break;
    case OHMCTL_WORD_KEY:
      ohmctl_complete_offer_keys (self);
      break;
    case OHMCTL_WORD_FILE:
      ohmctl_print (":files\n");
      break;
    case OHMCTL_WORD_ANY:
    default:
      break;
    }
}

static void
ohmctl_complete_offer_options (OhmctlCompletion *self, const OhmctlOption *options)
{
  for (; options != NULL && options->name != NULL; options++)
    {
      g_autofree char *text = g_strdup_printf ("--%s%s", options->name,
                                               options->value != NULL ? "=" : "");

      ohmctl_complete_offer (self, text);
    }
}

/* (nullable): the option of the verb with a value that @text names, with or without dashes */
static const OhmctlOption *
ohmctl_complete_find_option (OhmctlCompletion *self, const char *text, gsize length)
{
  const OhmctlOption *tables[] = {
    ohmctl_common_options,
    self->line.verb != NULL ? self->line.verb->options : NULL,
  };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const OhmctlOption *row = tables[i]; row != NULL && row->name != NULL; row++)
      if (row->value != NULL && strlen (row->name) == length &&
          strncmp (row->name, text, length) == 0)
        return row;
  return NULL;
}

static void
ohmctl_complete_offer_value (OhmctlCompletion *self)
{
  const char *equals = strchr (self->word, '=');
  const OhmctlOption *option = ohmctl_complete_find_option (self, self->word + 2,
                                                            (gsize) (equals - self->word) - 2);

  if (option == NULL)
    return;
  g_free (self->prefix);
  self->prefix = g_strndup (self->word, (gsize) (equals + 1 - self->word));
  self->word = equals + 1;
  ohmctl_complete_offer_word (self, option->word);
}

static void
ohmctl_complete_offer_next (OhmctlCompletion *self)
{
  const OhmctlVerb *verb = self->line.verb;

  if (verb != NULL)
    {
      guint index = ohmctl_args_n_words (self->line.args);

      if (index < verb->max_words)
        ohmctl_complete_offer_word (self, verb->complete[MIN (index, OHMCTL_VERB_WORDS - 1)]);
      return;
    }
  if (self->line.object != NULL)
    {
      g_autofree const char **verbs = ohmctl_verbs_dup_verbs (self->line.object);
      const OhmctlVerb *implied = ohmctl_verbs_find_default (self->line.object);

      ohmctl_complete_offer_all (self, verbs);
      if (implied != NULL)
        ohmctl_complete_offer_word (self, implied->complete[0]);
    }
  else
    {
      g_autofree const char **commands = ohmctl_verbs_dup_commands ();

      ohmctl_complete_offer_all (self, commands);
    }
}

/* Understands the words before the last. Returns: the option whose value is the last word */
static const OhmctlOption *
ohmctl_complete_parse (OhmctlCompletion *self, GPtrArray *words)
{
  const char *before = words->len > 2 ? words->pdata[words->len - 2] : "";
  const OhmctlOption *option = NULL;
  gboolean may_be_option = g_str_has_prefix (before, "--") && strchr (before, '=') == NULL;

  g_ptr_array_set_size (words, (int) words->len - 1);
  g_ptr_array_add (words, NULL);
  if (may_be_option)
    words->pdata[words->len - 2] = NULL;
  ohmctl_app_parse ((char *const *) words->pdata, &self->line, /* error */ NULL);
  if (may_be_option)
    option = ohmctl_complete_find_option (self, before + 2, strlen (before + 2));
  if (ohmctl_args_has (self->line.args, "bus-address"))
    {
      self->context->bus_kind = OHMCTL_BUS_ADDRESS;
      self->context->bus_address = g_strdup (ohmctl_args_get (self->line.args, "bus-address"));
    }
  else if (ohmctl_args_has (self->line.args, "session"))
    self->context->bus_kind = OHMCTL_BUS_SESSION;
  return option;
}

static void
ohmctl_complete_offer_last (OhmctlCompletion *self, const OhmctlOption *option)
{
  if (option != NULL)
    ohmctl_complete_offer_word (self, option->word);
  else if (g_str_has_prefix (self->word, "--") && strchr (self->word, '=') != NULL)
    ohmctl_complete_offer_value (self);
  else if (*self->word == '-')
    {
      ohmctl_complete_offer_options (self,
                                     self->line.verb != NULL ? self->line.verb->options : NULL);
      ohmctl_complete_offer_options (self, ohmctl_common_options);
    }
  else
    ohmctl_complete_offer_next (self);
}

OhmctlExit
ohmctl_complete_run (char *const *argv)
{
  g_autoptr (OhmctlContext) context = ohmctl_context_new ();
  g_auto (GStrv) parts = g_strsplit (argv[0] != NULL ? argv[0] : "", " ", 1000);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  OhmctlCompletion self = { .context = context };
  const OhmctlOption *option;

  for (guint i = 0; parts[i] != NULL; i++)
    if (*parts[i] != '\0' || parts[i + 1] == NULL)
      g_ptr_array_add (words, parts[i]);
  if (words->len < 2)
    return OHMCTL_EXIT_DONE;
  self.word = words->pdata[words->len - 1];
  self.prefix = g_strdup ("");
  option = ohmctl_complete_parse (&self, words);
  ohmctl_complete_offer_last (&self, option);
  ohmctl_app_clear (&self.line);
  g_free (self.prefix);
  return OHMCTL_EXIT_DONE;
}
