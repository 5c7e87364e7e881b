/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-new-profile.h"

#include <string.h>

#include "ohmctl-object.h"
#include "ohmctl-register.h"

/* The longest number; what a device refuses is asked for in less. */
#define REGISTERS_MAX 4
/* A text is looked for in so many. */
#define TEXT_REGISTERS 16
#define ALSO_MAX       3

/* The facts that the core knows the meaning of (data/docs/profile-reference.md). */
static const char *const ohmctl_new_profile_facts[] = { "serial",  "firmware", "model",
                                                        "variant", "name",     NULL };

struct _OhmctlNewProfile
{
  char *id;
  GString *facts;
  GString *rows;
  guint functions[2]; /* rows read with function 3 and 4 */
};

OhmctlNewProfile *
ohmctl_new_profile_new (const char *id)
{
  OhmctlNewProfile *self = g_new0 (OhmctlNewProfile, 1);

  self->id = g_strdup (id);
  self->facts = g_string_new (NULL);
  self->rows = g_string_new (NULL);
  return self;
}

void
ohmctl_new_profile_free (OhmctlNewProfile *self)
{
  g_free (self->id);
  g_string_free (self->facts, TRUE);
  g_string_free (self->rows, TRUE);
  g_free (self);
}

static gboolean
ohmctl_new_profile_is_fact (const char *name)
{
  return g_strv_contains (ohmctl_new_profile_facts, name);
}

gboolean
ohmctl_new_profile_check_name (const char *name, GError **error)
{
  g_autoptr (GError) local = NULL;
  OhmPoint point;

  if (ohmctl_new_profile_is_fact (name) ||
      ohm_point_parse (name, /* unit */ NULL, /* is_integer */ FALSE, &point, &local))
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
               "%s\nfacts are: serial, firmware, model, variant, name", local->message);
  return FALSE;
}

/* Counters are no mains voltages, and what is measured is no text. */
static gboolean
ohmctl_new_profile_suits (const char *name, const OhmctlGuess *guess)
{
  OhmFormat format = guess->encoding.format;

  if (ohmctl_new_profile_is_fact (name))
    return format != OHM_FORMAT_F32 && format != OHM_FORMAT_F64 && guess->encoding.scale <= 0;
  return format != OHM_FORMAT_TEXT && format != OHM_FORMAT_EPOCH32;
}

static guint
ohmctl_new_profile_choose (const char *name, GPtrArray *guesses)
{
  for (guint i = 0; i < guesses->len; i++)
    if (ohmctl_new_profile_suits (name, guesses->pdata[i]))
      return i;
  return 0;
}

static void
ohmctl_new_profile_add_comment (GString *text,
                                const OhmctlRegisters *registers,
                                GPtrArray *guesses,
                                guint chosen)
{
  const OhmctlGuess *guess = guesses->pdata[chosen];
  guint n = 0;

  g_string_append_printf (text, "# register %u told", registers->first);
  for (guint i = 0; i < guess->registers; i++)
    g_string_append_printf (text, " %02x%02x", registers->bytes[2 * i],
                            registers->bytes[2 * i + 1]);
  g_string_append_printf (text, ": %s, %s\n", guess->value, guess->reason);
  for (guint i = 0; i < guesses->len && n < ALSO_MAX; i++)
    {
      const OhmctlGuess *other = guesses->pdata[i];
      g_autofree char *format = ohmctl_guess_dup_format (other);

      if (i == chosen || other->score < OHMCTL_GUESS_PLAUSIBLE)
        continue;
      g_string_append_printf (text, "%s%s is %s", n++ == 0 ? "#   or " : ", ", format,
                              other->value);
    }
  if (n > 0)
    g_string_append_c (text, '\n');
}

void
ohmctl_new_profile_add (OhmctlNewProfile *self, const char *name, const OhmctlRegisters *registers)
{
  g_autoptr (GPtrArray) guesses = ohmctl_guess_list (registers->bytes, registers->n,
                                                     ohmctl_context_now_us ());
  guint chosen = ohmctl_new_profile_choose (name, guesses);
  g_autofree char *format = ohmctl_guess_dup_format (guesses->pdata[chosen]);
  gboolean is_fact = ohmctl_new_profile_is_fact (name);
  GString *text = is_fact ? self->facts : self->rows;
  OhmPoint point = { 0 };

  ohmctl_new_profile_add_comment (text, registers, guesses, chosen);
  if (!is_fact && ohm_point_parse (name, /* unit */ NULL, /* is_integer */ FALSE, &point, NULL) &&
      ohm_point_is_energy (&point))
    g_string_append_printf (
      text, "# in %s: where the device counts thousands of them, write *1000 at the end\n",
      point.unit);
  g_string_append_printf (text, "%s = %u %s", name, registers->first, format);
  if (registers->function == 3 || registers->function == 4)
    {
      self->functions[registers->function - 3]++;
      g_string_append_printf (text, " fn=%u", registers->function);
    }
  if (point.quantity != NULL && ohm_point_is_energy (&point))
    g_string_append (text, " slot");
  g_string_append_c (text, '\n');
}

static void
ohmctl_new_profile_add_head (OhmctlNewProfile *self, GString *text, const char *source)
{
  g_string_append_printf (text,
                          "# A first profile%s%s, written by ohmctl profile new.\n"
                          "# What the rows say is guessed from one look: compare with the display "
                          "of the device\n"
                          "# and with its manual. Put the file into a plugin directory of ohmd, "
                          "%s.profile, and it is\n"
                          "# used at once; every change of a row wants a higher revision.\n\n"
                          "[profile]\nid = %s\n"
                          "# what people call it\nname = %s\nrevision = 1\n"
                          "# the document that the numbers come from, with its revision\n"
                          "# source =\n\n",
                          source != NULL ? " of the device at " : "", source != NULL ? source : "",
                          self->id, self->id, self->id);
}

static void
ohmctl_new_profile_add_limits (OhmctlNewProfile *self, GString *text)
{
  g_string_append (text, "[limits]\n"
                         "# most registers in one request: what the manual says, 125 otherwise\n"
                         "registers = 125\n");
  if (self->functions[0] != self->functions[1])
    g_string_append_printf (text, "# the read function that it answered\nfunctions = %u\n",
                            self->functions[0] > self->functions[1] ? 3u : 4u);
  g_string_append (text, "# registers whose reading changes something, as 500-505\n# stateful =\n"
                         "\n");
}

char *
ohmctl_new_profile_end (OhmctlNewProfile *self, const char *source, GError **error)
{
  g_autoptr (GString) text = g_string_new ("# SPDX-License-Identifier: LGPL-2.1-or-later\n");
  g_autofree char *file = g_strconcat (self->id, OHM_PROFILE_SUFFIX, NULL);
  g_autoptr (OhmProfile) profile = NULL;

  ohmctl_new_profile_add_head (self, text, source);
  ohmctl_new_profile_add_limits (self, text);
  g_string_append (text,
                   "[facts]\n# the serial number lets the meter be known at another address\n");
  g_string_append (text, self->facts->len > 0 ? self->facts->str : "# serial = 100 u32\n");
  g_string_append (text, "\n[registers]\n");
  g_string_append (text, self->rows->len > 0 ? self->rows->str : "# voltage.l1-n = 0 f32\n");
  profile = ohm_profile_parse (file, text->str, text->len, /* lookup */ NULL, NULL, error);
  return profile != NULL ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* --- the verb --- */

/* Some devices refuse a read that goes beyond a value or the last register. */
static OhmctlRegisters *
ohmctl_new_profile_ask (OhmctlContext *context, OhmctlArgs *args, guint word, GError **error)
{
  const char *from = ohmctl_args_get (args, "from");
  const char *address = ohmctl_args_word (args, word);
  const char *name = ohmctl_args_word (args, word + 1);
  guint count = ohmctl_new_profile_is_fact (name) ? TEXT_REGISTERS : REGISTERS_MAX;

  for (; count > 1; count /= 2)
    {
      g_autoptr (GError) local = NULL;
      OhmctlRegisters *registers = ohmctl_probe_ask (context, args, from, address, count, &local);

      if (registers != NULL)
        return registers;
      if (strstr (local->message, "(exception ") == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
    }
  return ohmctl_probe_ask (context, args, from, address, 1, error);
}

static gboolean
ohmctl_new_profile_check_words (OhmctlArgs *args, GError **error)
{
  guint n = ohmctl_args_n_words (args);

  if (!ohm_id_is_valid (ohmctl_args_word (args, 0)))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' is no id: expected small letters, digits and dashes",
                   ohmctl_args_word (args, 0));
      return FALSE;
    }
  if (n % 2 == 0)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' has no point: expected pairs of ADDRESS and POINT",
                   ohmctl_args_word (args, n - 1));
      return FALSE;
    }
  if (n > 1 && !ohmctl_args_has (args, "from"))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "--from=METER|HOST says whose registers these are");
      return FALSE;
    }
  for (guint i = 1; i < n; i += 2)
    if (!ohmctl_new_profile_check_name (ohmctl_args_word (args, i + 1), error))
      return FALSE;
  return TRUE;
}

/* A profile of the same id would take the place of another; who has no daemon has nobody to ask. */
static gboolean
ohmctl_new_profile_check_id (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *id = ohmctl_args_word (args, 0);
  g_autoptr (GPtrArray) profiles = NULL;

  if (ohmctl_args_has (args, "force"))
    return TRUE;
  profiles = ohmctl_object_list (context, OHMCTL_KIND_PROFILE, /* error */ NULL);
  for (guint i = 0; profiles != NULL && i < profiles->len; i++)
    {
      if (strcmp (ohmctl_object_get_id (profiles->pdata[i]), id) != 0)
        continue;
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
                   "there is a type '%s' already: choose another id, or add --force for a profile "
                   "that takes its place\n'ohmctl profile show %s' shows it",
                   id, id);
      return FALSE;
    }
  return TRUE;
}

static gboolean
ohmctl_new_profile_check_file (OhmctlArgs *args, GError **error)
{
  const char *file = ohmctl_args_get (args, "output");

  if (file == NULL || ohmctl_args_has (args, "force") || !g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
               "%s is there already: choose another name, or add --force to replace it", file);
  return FALSE;
}

static gboolean
ohmctl_new_profile_deliver (OhmctlArgs *args, const char *text, GError **error)
{
  const char *file = ohmctl_args_get (args, "output");

  if (file == NULL)
    {
      ohmctl_print (text);
      return TRUE;
    }
  return g_file_set_contents (file, text, -1, error);
}

gboolean
ohmctl_new_profile_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlNewProfile) profile = NULL;
  g_autofree char *text = NULL;

  if (!ohmctl_new_profile_check_words (args, error) ||
      !ohmctl_new_profile_check_file (args, error) ||
      !ohmctl_new_profile_check_id (context, args, error))
    return FALSE;
  profile = ohmctl_new_profile_new (ohmctl_args_word (args, 0));
  for (guint i = 1; i < ohmctl_args_n_words (args); i += 2)
    {
      g_autoptr (OhmctlRegisters) registers = ohmctl_new_profile_ask (context, args, i, error);

      if (registers == NULL)
        {
          g_prefix_error (error, "%s: ", ohmctl_args_word (args, i));
          return FALSE;
        }
      ohmctl_new_profile_add (profile, ohmctl_args_word (args, i + 1), registers);
    }
  text = ohmctl_new_profile_end (profile, ohmctl_args_get (args, "from"), error);
  return text != NULL && ohmctl_new_profile_deliver (args, text, error);
}

const OhmctlOption ohmctl_new_profile_options[] = {
  { "from", "METER|HOST", "the device that is asked, as in ohmctl probe", OHMCTL_WORD_METER },
  { "output", "FILE", "write the profile there, not to the standard output", OHMCTL_WORD_FILE },
  { "force", NULL, "replace the file, and take an id that a type has already" },
  OHMCTL_PROBE_OPTIONS,
  { NULL },
};
