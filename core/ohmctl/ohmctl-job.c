/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-job.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-result.h"
#include "ohmctl-show.h"
#include "ohmctl-verbs.h"

/* Exit code 6 tells scripts that a meter is silent: what an account or engine says is none of that,
 * nor is a refusal by the meter itself, and who was told nonsense has asked nobody. */
static OhmctlExit
ohmctl_job_get_exit (OhmctlObject *job)
{
  static const char *const others[] = { "claim", "resend", NULL };
  static const struct
  {
    const char *code;
    OhmctlExit exit;
  } codes[] = {
    { "illegal-function", OHMCTL_EXIT_FAILED }, { "illegal-address", OHMCTL_EXIT_FAILED },
    { "illegal-value", OHMCTL_EXIT_FAILED },    { "device-refused", OHMCTL_EXIT_FAILED },
    { "misconfigured", OHMCTL_EXIT_FAILED },    { "address-wrong", OHMCTL_EXIT_USAGE },
    { "type-unknown", OHMCTL_EXIT_NOT_FOUND },
  };

  if (g_strv_contains (others, ohmctl_object_string (job, "Kind")))
    return OHMCTL_EXIT_FAILED;
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (strcmp (codes[i].code, ohmctl_object_string (job, "MessageCode")) == 0)
      return codes[i].exit;
  return OHMCTL_EXIT_NO_ANSWER;
}

gboolean
ohmctl_job_check (OhmctlObject *job, GError **error)
{
  const char *state = ohmctl_object_string (job, "State");
  g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (job);
  g_autofree char *text = message != NULL ? ohm_message_dup_text (message) : NULL;
  g_autofree char *remedy = message != NULL ? ohm_message_dup_remedy (message) : NULL;

  if (strcmp (state, "done") == 0 || strcmp (state, "running") == 0)
    return TRUE;
  if (message != NULL && strcmp (ohm_message_get_code (message), "stopping") == 0)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON, "%s\n%s", text, remedy);
  else if (strcmp (state, "cancelled") == 0)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "cancelled");
  else
    g_set_error (error, OHMCTL_ERROR, (int) ohmctl_job_get_exit (job), "%s%s%s",
                 text != NULL ? text : "it failed", remedy != NULL ? "\n" : "",
                 remedy != NULL ? remedy : "");
  return FALSE;
}

static void
ohmctl_job_print_human (OhmctlContext *context, OhmctlObject *job)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (job);
  const char *state = ohmctl_object_string (job, "State");
  double progress = ohmctl_object_real (job, "Progress");
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  GTimeZone *zone = ohmctl_context_get_zone (context);

  ohmctl_show_line (table, "job", ohmctl_object_get_id (job));
  ohmctl_show_line (table, "kind", ohmctl_object_string (job, "Kind"));
  ohmctl_show_line (table, "target", ohmctl_object_string (job, "Target"));
  ohmctl_show_line (table, "state", state);
  if (strcmp (state, "running") == 0 && progress >= 0)
    ohmctl_show_line_take (table, "progress", g_strdup_printf ("%d %%", (int) (progress * 100)));
  if (message != NULL)
    {
      ohmctl_show_line_take (table, "message", ohm_message_dup_text (message));
      ohmctl_show_line_take (table, "remedy", ohm_message_dup_remedy (message));
    }
  ohmctl_show_line_take (table, "started",
                         ohmctl_format_time (ohmctl_object_integer (job, "Started"), zone));
  ohmctl_print_table (context, table);
  if (result != NULL)
    ohmctl_result_print (context, result);
}

gboolean
ohmctl_job_print (OhmctlContext *context, OhmctlObject *job, GError **error)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (context->is_json)
    {
      ohmctl_json_object (json, NULL, job);
      ohmctl_print_json (json);
    }
  else
    ohmctl_job_print_human (context, job);
  return ohmctl_job_check (job, error);
}

static gboolean
ohmctl_job_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) jobs = ohmctl_object_list (context, OHMCTL_KIND_JOB, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (jobs == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("jobs", jobs);
      return TRUE;
    }
  ohmctl_table_add_column (table, "JOB", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "KIND", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TARGET", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "STATE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "STARTED", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "MESSAGE", OHMCTL_ALIGN_WRAP);
  for (guint i = 0; i < jobs->len; i++)
    {
      OhmctlObject *job = jobs->pdata[i];
      g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (job);
      const char *state = ohmctl_object_string (job, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (job));
      ohmctl_table_add (table, ohmctl_object_string (job, "Kind"));
      ohmctl_table_add (table, ohmctl_object_string (job, "Target"));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
      ohmctl_table_add_take (table, ohmctl_format_time (ohmctl_object_integer (job, "Started"),
                                                        ohmctl_context_get_zone (context)));
      ohmctl_table_add_take (table, message != NULL ? ohm_message_dup_text (message) : NULL);
    }
  if (jobs->len == 0)
    ohmctl_print ("no jobs\n");
  ohmctl_print_table (context, table);
  return TRUE;
}

static gboolean
ohmctl_job_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) job = ohmctl_change_get_object (context, OHMCTL_KIND_JOB, args, error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (job == NULL)
    return FALSE;
  if (!context->is_json)
    {
      ohmctl_job_print_human (context, job);
      return TRUE;
    }
  ohmctl_json_object (json, NULL, job);
  ohmctl_print_json (json);
  return TRUE;
}

static gboolean
ohmctl_job_wait (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) job = ohmctl_change_get_object (context, OHMCTL_KIND_JOB, args, error);
  g_autoptr (OhmctlObject) ended = NULL;

  if (job == NULL)
    return FALSE;
  ended = ohmctl_job_follow (context, ohmctl_object_get_path (job), error);
  return ended != NULL && ohmctl_job_print (context, ended, error);
}

static gboolean
ohmctl_job_cancel (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) job = ohmctl_change_get_object (context, OHMCTL_KIND_JOB, args, error);
  g_autoptr (GVariant) reply = NULL;

  if (job == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (job), "Job.Cancel",
                                  g_variant_new ("(a{sv})", NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "job", ohmctl_object_get_id (job), "job %s is cancelled",
                       ohmctl_object_get_id (job));
  return TRUE;
}

const OhmctlVerb ohmctl_job_verbs[] = {
  {
    .object = "job",
    .verb = "list",
    .words = "",
    .summary = "jobs that run, and the last that ended",
    .run = ohmctl_job_list,
  },
  {
    .object = "job",
    .verb = "show",
    .words = "JOB",
    .summary = "everything known of a job",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_JOB },
    .run = ohmctl_job_show,
  },
  {
    .object = "job",
    .verb = "wait",
    .words = "JOB",
    .summary = "wait until a job has ended",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_JOB },
    .run = ohmctl_job_wait,
  },
  {
    .object = "job",
    .verb = "cancel",
    .words = "JOB",
    .summary = "end a job",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_JOB },
    .run = ohmctl_job_cancel,
  },
  { NULL },
};
