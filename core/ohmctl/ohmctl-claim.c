/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-job.h"
#include "ohmctl-qr.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

/**
 * OhmctlClaim:
 * @uplink: (owned): as it is
 * @shown: (owned) (nullable): the code that was shown
 */
typedef struct
{
  OhmctlObject *uplink;
  char *shown;
} OhmctlClaim;

static void
ohmctl_claim_clear (OhmctlClaim *self)
{
  g_clear_pointer (&self->uplink, ohmctl_object_free);
  g_free (self->shown);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmctlClaim, ohmctl_claim_clear)

static gboolean
ohmctl_claim_is_state (OhmctlObject *uplink, const char *claim)
{
  return strcmp (ohmctl_object_string (uplink, "Claim"), claim) == 0;
}

/* What `ohmctl claim` without an id means: the only one that is not linked, or for --unlink, that
 * is. (transfer full) (nullable) */
static OhmctlObject *
ohmctl_claim_choose (OhmctlContext *context, gboolean is_unlink, GError **error)
{
  g_autoptr (GPtrArray) uplinks = ohmctl_object_list (context, OHMCTL_KIND_UPLINK, error);
  g_autoptr (GPtrArray) ids = ohmctl_words_new ();
  g_autofree char *joined = NULL;
  OhmctlObject *chosen = NULL;
  guint n = 0;

  if (uplinks == NULL)
    return NULL;
  for (guint i = 0; i < uplinks->len; i++)
    {
      OhmctlObject *uplink = uplinks->pdata[i];

      if (ohmctl_claim_is_state (uplink, "none") ||
          ohmctl_claim_is_state (uplink, "claimed") != is_unlink)
        continue;
      chosen = uplink;
      ohmctl_words_add (ids, ohmctl_object_get_id (uplink));
      n++;
    }
  if (n == 1)
    return ohmctl_object_copy (chosen);
  joined = ohmctl_words_join (ohmctl_words_end (ids), ", ");
  if (n > 1)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "say which uplink: %s", joined);
  else if (uplinks->len == 0)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND,
                 "no uplink is configured yet; 'ohmctl uplink add' makes one");
  else
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND,
                 is_unlink ? "no uplink is linked to an account"
                           : "no uplink waits to be linked; 'ohmctl uplink list' shows all");
  return NULL;
}

static OhmctlObject *
ohmctl_claim_get_uplink (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  if (ohmctl_args_n_words (args) > 0)
    return ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args, error);
  return ohmctl_claim_choose (context, ohmctl_args_has (args, "unlink"), error);
}

/* --- what a person is shown --- */

static void
ohmctl_claim_print_qr (OhmctlContext *context, const char *uri)
{
  g_autoptr (OhmctlQr) qr = *uri != '\0' ? ohmctl_qr_new (uri) : NULL;
  gboolean is_utf8 = g_get_charset (/* charset */ NULL);
  guint width = context->width != 0 ? context->width : 80;
  g_autofree char *lines = NULL;

  if (qr != NULL)
    lines = ohmctl_qr_render (qr, width, is_utf8, isatty (STDOUT_FILENO));
  if (lines == NULL)
    return;
  ohmctl_print ("Or scan this, and compare the code:\n\n");
  ohmctl_print (lines);
  ohmctl_print ("\n");
}

static void
ohmctl_claim_print_prompt (OhmctlContext *context, OhmctlObject *uplink)
{
  g_autofree char *uri = ohmctl_format_clean (ohmctl_object_string (uplink, "VerificationUri"));
  g_autofree char *code = ohmctl_format_clean (ohmctl_object_string (uplink, "UserCode"));
  const char *bold = context->has_color ? ohmctl_style_begin (OHMCTL_STYLE_BOLD) : "";
  const char *plain = context->has_color ? "\033[0m" : "";

  ohmctl_printf ("To link uplink '%s' of this gateway to your account, open\n\n  %s\n\n"
                 "and enter the code\n\n  %s%s%s\n\n",
                 ohmctl_object_get_id (uplink), uri, bold, code, plain);
  ohmctl_claim_print_qr (context, ohmctl_object_string (uplink, "VerificationUriComplete"));
  ohmctl_printf ("This gateway is %s.\n", ohmctl_object_string (uplink, "Gateway"));
}

static void
ohmctl_claim_write_prompt (OhmctlObject *uplink)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  const char *complete = ohmctl_object_string (uplink, "VerificationUriComplete");

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "uplink", ohmctl_object_get_id (uplink));
  ohmctl_json_string (json, "user_code", ohmctl_object_string (uplink, "UserCode"));
  ohmctl_json_string (json, "verification_uri", ohmctl_object_string (uplink, "VerificationUri"));
  ohmctl_json_string (json, "verification_uri_complete", *complete != '\0' ? complete : NULL);
  ohmctl_json_time (json, "expires", ohmctl_object_integer (uplink, "ClaimExpires"));
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

/* Each code once: another one may come. */
static void
ohmctl_claim_show_prompt (OhmctlClaim *self, OhmctlContext *context)
{
  const char *code = ohmctl_object_string (self->uplink, "UserCode");

  if (*code == '\0' || g_strcmp0 (code, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_strdup (code);
  ohmctl_job_show_line (context, "");
  if (context->is_json)
    ohmctl_claim_write_prompt (self->uplink);
  else
    ohmctl_claim_print_prompt (context, self->uplink);
  fflush (stdout); /* now, into a pipe too: somebody has to act upon it */
}

static void
ohmctl_claim_show_countdown (OhmctlClaim *self, OhmctlContext *context)
{
  gint64 expires_us = ohmctl_object_integer (self->uplink, "ClaimExpires");
  g_autofree char *left = NULL;
  g_autofree char *line = NULL;

  if (self->shown == NULL)
    {
      ohmctl_job_show_line (context, "Asking for a code ...");
      return;
    }
  left = ohmctl_format_countdown (expires_us - ohmctl_context_now_us ());
  line = g_strdup_printf ("Waiting for you, %s left. Ctrl-C cancels.", left);
  ohmctl_job_show_line (context, line);
}

/* The uplink as it is; what it was if the daemon has gone, which the follower tells. */
static void
ohmctl_claim_update (OhmctlClaim *self, OhmctlContext *context)
{
  OhmctlObject *uplink = ohmctl_object_get (context, OHMCTL_KIND_UPLINK,
                                            ohmctl_object_get_id (self->uplink), /* error */ NULL);

  if (uplink == NULL)
    return;
  ohmctl_object_free (self->uplink);
  self->uplink = uplink;
}

static void
ohmctl_claim_show (OhmctlContext *context, OhmctlObject *job, gboolean is_changed, gpointer data)
{
  OhmctlClaim *self = data;

  if (is_changed)
    ohmctl_claim_update (self, context);
  ohmctl_claim_show_prompt (self, context); /* who is quick may have answered by now */
  if (strcmp (ohmctl_object_string (job, "State"), "running") == 0)
    ohmctl_claim_show_countdown (self, context);
}

/* --- how it ended --- */

/* (transfer full) */
static char *
ohmctl_claim_dup_account (OhmctlObject *job)
{
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  const char *account = "";

  if (result != NULL)
    g_variant_lookup (result, "account", "&s", &account);
  return ohmctl_format_clean (account);
}

static void
ohmctl_claim_print_linked (OhmctlClaim *self, OhmctlContext *context, OhmctlObject *job)
{
  const char *id = ohmctl_object_get_id (self->uplink);
  g_autofree char *account = ohmctl_claim_dup_account (job);
  gint64 pending = ohmctl_object_integer (self->uplink, "Pending");
  g_autofree char *records = ohmctl_format_count (pending, "record");
  g_autofree char *line = NULL;

  if (context->is_json)
    {
      g_autoptr (OhmctlJson) json = ohmctl_json_new ();

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "uplink", id);
      ohmctl_json_string (json, "account", account);
      ohmctl_json_end_object (json);
      ohmctl_print_json (json);
      return;
    }
  ohmctl_printf ("Uplink '%s' is linked to %s.\n", id,
                 *account != '\0' ? account : "an account that gave no name");
  if (pending > 0)
    line = g_strdup_printf ("What waits (%s) is delivered now; then each quarter hour as it is "
                            "recorded. 'ohmctl uplink show %s' tells how it goes.",
                            records, id);
  else
    line = g_strdup_printf ("Each quarter hour is delivered as it is recorded. 'ohmctl uplink show "
                            "%s' tells how it goes.",
                            id);
  ohmctl_print_paragraph (context, 0, line);
  g_clear_pointer (&line, g_free);
  line = g_strdup_printf ("If that is not your account: ohmctl claim --unlink %s", id);
  ohmctl_print_paragraph (context, 0, line);
}

static gboolean
ohmctl_claim_link (OhmctlContext *context, OhmctlObject *uplink, GError **error)
{
  g_auto (OhmctlClaim) self = { NULL };
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmctlObject) job = NULL;
  const char *path;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.Claim",
                                  g_variant_new ("(a{sv})", NULL), "(o)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &path);
  self.uplink = ohmctl_object_copy (uplink);
  job = ohmctl_job_follow_with (context, path, ohmctl_claim_show, &self, error);
  if (job == NULL || !ohmctl_job_check (job, error))
    return FALSE;
  ohmctl_claim_print_linked (&self, context, job);
  return TRUE;
}

static gboolean
ohmctl_claim_unlink (OhmctlContext *context, OhmctlObject *uplink, OhmctlArgs *args, GError **error)
{
  const char *id = ohmctl_object_get_id (uplink);
  g_autofree char *question = g_strdup_printf ("Unlink uplink '%s' from %s?", id,
                                               ohmctl_object_string (uplink, "Account"));
  g_autoptr (GVariant) reply = NULL;

  if (ohmctl_claim_is_state (uplink, "claimed") && !ohmctl_change_confirm (args, question, error))
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.Unlink",
                                  g_variant_new ("(a{sv})", NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "uplink", id,
                       "uplink '%s' is not linked any more; what is recorded waits here", id);
  return TRUE;
}

static gboolean
ohmctl_claim_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = ohmctl_claim_get_uplink (context, args, error);

  if (uplink == NULL)
    return FALSE;
  return ohmctl_args_has (args, "unlink") ? ohmctl_claim_unlink (context, uplink, args, error)
                                          : ohmctl_claim_link (context, uplink, error);
}

static const OhmctlOption ohmctl_claim_options[] = {
  { "unlink", NULL, "give the account back instead" },
  { "yes", NULL, "do not ask before that" },
  { NULL },
};

const OhmctlVerb ohmctl_claim_verbs[] = {
  {
    .verb = "claim",
    .words = "[UPLINK]",
    .summary = "link this gateway to an account",
    .text =
      "Shows where to go and which code to enter there, also as a QR code, and waits until "
      "you have said yes or no; then tells which account it is. No password passes through "
      "this gateway. Without UPLINK it is the only one that is not linked yet. Ends with exit "
      "code 1 if you said no, or nobody answered in time.\n\n"
      "With --json two documents come, the second once it is linked.",
    .examples = "ohmctl claim\nohmctl claim --unlink cloud\n",
    .options = ohmctl_claim_options,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_claim_run,
  },
  { NULL },
};
