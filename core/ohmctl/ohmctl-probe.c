/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-probe.h"

#include <string.h>

#include "ohmctl-connection.h"
#include "ohmctl-guess-walk.h"
#include "ohmctl-job.h"
#include "ohmctl-object.h"
#include "ohmctl-register.h"
#include "ohmctl-verbs.h"

#define COUNT_DEFAULT 4
/* Readings beside the likely one that are told in one line. */
#define ALSO_MAX 4
/* Words of a text that are shown. */
#define WORDS_MAX 4

void
ohmctl_registers_free (OhmctlRegisters *self)
{
  g_free (self->address);
  g_free (self->bytes);
  g_free (self);
}

/* --- the question --- */

static gboolean
ohmctl_probe_take_function (OhmctlArgs *args, guint8 *function, GError **error)
{
  guint given = *function;

  if (!ohmctl_args_get_uint (args, "function", 4, &given, error))
    return FALSE;
  if (given != 0 && given != 3 && given != 4)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "functions that read are 3 and 4");
      return FALSE;
    }
  if (*function != 0 && given != *function)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "the address says function %u and --function says %u", *function, given);
      return FALSE;
    }
  *function = (guint8) given;
  return TRUE;
}

static gboolean
ohmctl_probe_check_framing (const char *framing, GError **error)
{
  static const char *const framings[] = { "tcp", "rtu", NULL };

  if (framing == NULL || g_strv_contains (framings, framing))
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
               "framing '%s' is not known: expected tcp or rtu", framing);
  return FALSE;
}

static GVariant *
ohmctl_probe_new_options (OhmctlArgs *args, guint8 function, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  const char *framing = ohmctl_args_get (args, "framing");
  guint unit = G_MAXUINT;

  if (!ohmctl_probe_take_function (args, &function, error) ||
      !ohmctl_probe_check_framing (framing, error) ||
      !ohmctl_args_get_uint (args, "unit", 255, &unit, error))
    return NULL;
  if (unit != G_MAXUINT)
    g_variant_dict_insert (&options, "unit", "u", unit);
  if (function != 0)
    g_variant_dict_insert (&options, "function", "u", (guint) function);
  if (framing != NULL)
    g_variant_dict_insert (&options, "framing", "s", framing);
  return g_variant_dict_end (&options);
}

static OhmctlRegisters *
ohmctl_probe_take_result (OhmctlObject *job)
{
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  g_autoptr (GVariant) list = NULL;
  OhmctlRegisters *self = g_new0 (OhmctlRegisters, 1);
  const guint16 *registers;
  guint16 first = 0;
  guint8 byte = 0;
  gsize n = 0;

  if (result == NULL)
    return self;
  g_variant_lookup (result, "address", "s", &self->address);
  if (g_variant_lookup (result, "unit", "y", &byte))
    self->unit = byte;
  if (g_variant_lookup (result, "function", "y", &byte))
    self->function = byte;
  if (g_variant_lookup (result, "first", "q", &first))
    self->first = first;
  list = g_variant_lookup_value (result, "registers", G_VARIANT_TYPE ("aq"));
  registers = list != NULL ? g_variant_get_fixed_array (list, &n, sizeof registers[0]) : NULL;
  self->n = (guint) n;
  self->bytes = g_malloc0 (2 * n + 1);
  for (gsize i = 0; i < n; i++)
    {
      self->bytes[2 * i] = (guint8) (registers[i] >> 8);
      self->bytes[2 * i + 1] = (guint8) registers[i];
    }
  return self;
}

OhmctlRegisters *
ohmctl_probe_ask (OhmctlContext *context,
                  OhmctlArgs *args,
                  const char *target,
                  const char *address,
                  guint count,
                  GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmctlObject) job = NULL;
  GVariant *options;
  const char *path;
  guint16 first = 0;
  guint8 function = 0;

  if (!ohmctl_register_parse (address, ohmctl_args_has (args, "modicon"), &first, &function, error))
    return NULL;
  options = ohmctl_probe_new_options (args, function, error);
  if (options == NULL)
    return NULL;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.Probe",
                                  g_variant_new ("(sqq@a{sv})", target, first, (guint16) count,
                                                 options),
                                  "(o)", error);
  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(&o)", &path);
  job = ohmctl_job_follow (context, path, error);
  if (job == NULL || !ohmctl_job_check (job, error))
    return NULL;
  return ohmctl_probe_take_result (job);
}

/* --- the answer --- */

static char *
ohmctl_probe_dup_words (const guint8 *bytes, guint n)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < MIN (n, WORDS_MAX); i++)
    g_string_append_printf (words, "%s%02x%02x", i > 0 ? " " : "", bytes[2 * i], bytes[2 * i + 1]);
  if (n > WORDS_MAX)
    g_string_append (words, "\u2026");
  return g_string_free (words, FALSE);
}

/* (transfer full): `f32 230.4` */
static char *
ohmctl_probe_dup_reading (const OhmctlGuess *guess)
{
  g_autofree char *format = ohmctl_guess_dup_format (guess);

  return g_strdup_printf ("%s  %s", format, guess->value);
}

/* (transfer full): the other readings that are worth it beside the best one */
static char *
ohmctl_probe_dup_also (GPtrArray *guesses)
{
  const OhmctlGuess *best = guesses->pdata[0];
  guint least = MAX (OHMCTL_GUESS_PLAUSIBLE, best->score * 2 / 5);
  GString *text = g_string_new (NULL);

  for (guint i = 1; i < guesses->len && i <= ALSO_MAX; i++)
    {
      const OhmctlGuess *guess = guesses->pdata[i];
      g_autofree char *format = ohmctl_guess_dup_format (guess);

      if (guess->score >= least)
        g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", format, guess->value);
    }
  return g_string_free (text, FALSE);
}

static GPtrArray *
ohmctl_probe_guess (const OhmctlRegisters *self, guint index)
{
  return ohmctl_guess_list (self->bytes + 2 * index, self->n - index, ohmctl_context_now_us ());
}

/* Each value once, from the register where it begins. */
static void
ohmctl_probe_print_likely (OhmctlContext *context, const OhmctlRegisters *self)
{
  static const char *const titles[] = { "REGISTER", "WORDS", "LIKELY", "BECAUSE", "ALSO" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  g_autoptr (GPtrArray) steps = ohmctl_guess_walk (self->bytes, self->n, ohmctl_context_now_us ());

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i],
                             i == 0   ? OHMCTL_ALIGN_RIGHT
                             : i == 4 ? OHMCTL_ALIGN_WRAP
                                      : OHMCTL_ALIGN_LEFT);
  for (guint i = 0; i < steps->len; i++)
    {
      const OhmctlGuessStep *step = steps->pdata[i];
      const OhmctlGuess *best = step->guesses->pdata[0];
      g_autofree char *reading = ohmctl_probe_dup_reading (best);

      ohmctl_table_add_take (table, g_strdup_printf ("%u", self->first + step->index));
      ohmctl_table_add_take (table, ohmctl_probe_dup_words (self->bytes + 2 * step->index,
                                                            best->registers));
      ohmctl_table_add_styled (table, reading,
                               best->score >= OHMCTL_GUESS_SURE ? OHMCTL_STYLE_GOOD
                                                                : OHMCTL_STYLE_PLAIN);
      ohmctl_table_add (table, best->reason);
      ohmctl_table_add_take (table, ohmctl_probe_dup_also (step->guesses));
    }
  ohmctl_print_table (context, table);
}

/* Every reading of every register, the likely one of each marked. */
static void
ohmctl_probe_print_all (OhmctlContext *context, const OhmctlRegisters *self)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "REGISTER", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "WORDS", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "READ AS", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "VALUE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "BECAUSE", OHMCTL_ALIGN_SHRINK);
  for (guint index = 0; index < self->n; index++)
    {
      g_autoptr (GPtrArray) guesses = ohmctl_probe_guess (self, index);

      for (guint i = 0; i < guesses->len; i++)
        {
          const OhmctlGuess *guess = guesses->pdata[i];
          OhmctlStyle style = i == 0 ? OHMCTL_STYLE_GOOD : OHMCTL_STYLE_PLAIN;
          g_autofree char *format = ohmctl_guess_dup_format (guess);

          ohmctl_table_add_take (table,
                                 g_strdup_printf ("%s%u", i == 0 ? "* " : "", self->first + index));
          ohmctl_table_add_take (table, ohmctl_probe_dup_words (self->bytes + 2 * index,
                                                                guess->registers));
          ohmctl_table_add_styled (table, format, style);
          ohmctl_table_add_styled (table, guess->value, style);
          ohmctl_table_add (table, guess->reason);
        }
    }
  ohmctl_print_table (context, table);
}

/* (transfer full) (nullable): what the address may have been meant as */
static char *
ohmctl_probe_dup_doubt (OhmctlArgs *args)
{
  return ohmctl_args_has (args, "modicon") ? NULL
                                           : ohmctl_register_dup_doubt (ohmctl_args_word (args, 1));
}

static void
ohmctl_probe_print (OhmctlContext *context, OhmctlArgs *args, const OhmctlRegisters *self)
{
  g_autofree char *notations = ohmctl_register_dup_notations ((guint16) self->first,
                                                              (guint8) self->function);
  g_autofree char *doubt = ohmctl_probe_dup_doubt (args);

  ohmctl_printf ("%s unit %u, function %u, %u register%s from %s on\n", self->address, self->unit,
                 self->function, self->n, self->n == 1 ? "" : "s", notations);
  if (doubt != NULL)
    ohmctl_print_paragraph (context, 0, doubt);
  ohmctl_print ("\n");
  if (ohmctl_args_has (args, "all"))
    ohmctl_probe_print_all (context, self);
  else
    ohmctl_probe_print_likely (context, self);
}

/* An address that the device does not have may have been meant otherwise. */
static void
ohmctl_probe_explain (OhmctlArgs *args, GError **error)
{
  g_autofree char *doubt = ohmctl_probe_dup_doubt (args);
  g_autoptr (GError) plain = NULL;

  if (doubt == NULL || error == NULL || *error == NULL)
    return;
  plain = g_steal_pointer (error);
  *error = g_error_new (plain->domain, plain->code, "%s\n%s", plain->message, doubt);
}

static void
ohmctl_probe_write_guess (OhmctlJson *json, const OhmctlGuess *guess)
{
  g_autofree char *format = ohmctl_guess_dup_format (guess);

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "format", format);
  ohmctl_json_unsigned (json, "registers", guess->registers);
  ohmctl_json_string (json, "value", guess->value);
  ohmctl_json_unsigned (json, "score", guess->score);
  ohmctl_json_string (json, "reason", guess->reason);
  ohmctl_json_end_object (json);
}

/* Every reading of every register, most likely first. */
static void
ohmctl_probe_write (OhmctlJson *json, const OhmctlRegisters *self)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "address", self->address);
  ohmctl_json_unsigned (json, "unit", self->unit);
  ohmctl_json_unsigned (json, "function", self->function);
  ohmctl_json_begin_array (json, "registers");
  for (guint index = 0; index < self->n; index++)
    {
      g_autoptr (GPtrArray) guesses = ohmctl_probe_guess (self, index);

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_unsigned (json, "register", self->first + index);
      ohmctl_json_unsigned (json, "word",
                            (guint) (self->bytes[2 * index] << 8 | self->bytes[2 * index + 1]));
      ohmctl_json_begin_array (json, "readings");
      for (guint i = 0; i < guesses->len; i++)
        ohmctl_probe_write_guess (json, guesses->pdata[i]);
      ohmctl_json_end_array (json);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
}

static gboolean
ohmctl_probe_take_count (OhmctlArgs *args, guint *ret_count, GError **error)
{
  const char *text = ohmctl_args_word (args, 2);
  guint64 count = COUNT_DEFAULT;

  if (text != NULL &&
      !g_ascii_string_to_unsigned (text, 10, 1, OHM_READ_REGISTERS_MAX, &count, NULL))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' is no number of registers: expected 1..%d", text, OHM_READ_REGISTERS_MAX);
      return FALSE;
    }
  *ret_count = (guint) count;
  return TRUE;
}

static gboolean
ohmctl_probe_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlRegisters) registers = NULL;
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  guint count;

  if (!ohmctl_probe_take_count (args, &count, error))
    return FALSE;
  registers = ohmctl_probe_ask (context, args, ohmctl_args_word (args, 0),
                                ohmctl_args_word (args, 1), count, error);
  if (registers == NULL)
    {
      ohmctl_probe_explain (args, error);
      return FALSE;
    }
  if (!context->is_json)
    {
      ohmctl_probe_print (context, args, registers);
      return TRUE;
    }
  ohmctl_probe_write (json, registers);
  ohmctl_print_json (json);
  return TRUE;
}

static const OhmctlOption ohmctl_probe_options[] = {
  OHMCTL_PROBE_OPTIONS,
  { "all", NULL, "every reading of every register" },
  { NULL },
};

const OhmctlVerb ohmctl_probe_verbs[] = {
  {
    .verb = "probe",
    .words = "METER|LINK|HOST[:PORT] ADDRESS [COUNT]",
    .summary = "read registers of an unknown device and say what they may mean",
    .text =
      "Reads COUNT registers (4) once and shows what they are in every type, word and byte order "
      "that gives something plausible, the likely one first. It is a guess: compare with the "
      "display of the device.\n\n" OHMCTL_REGISTER_HELP "\n\n"
      "Only read functions are used; registers that a profile declares as stateful are refused. "
      "A converter that passes on the frames of a serial line takes --framing=rtu; 'ohmctl test "
      "HOST' finds out whether it is one.",
    .examples = "ohmctl probe main 19000 6\n"
                "ohmctl probe 192.0.2.10/3 3x1 8\n"
                "ohmctl probe main 40001 --modicon --all\n",
    .options = ohmctl_probe_options,
    .min_words = 2,
    .max_words = 3,
    .complete = { OHMCTL_WORD_METER_OR_LINK, OHMCTL_WORD_ANY },
    .run = ohmctl_probe_run,
  },
  { NULL },
};
