/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <glib-unix.h>
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
 * @context: the daemon
 * @job_path: (owned): the job that waits for a person
 * @uplink: (owned): as it is
 * @job: (owned) (nullable): as it is
 * @shown: (owned) (nullable): the code that was shown
 * @loop: (owned): runs until the job has ended
 * @error: (owned) (nullable): why it cannot be followed
 * @has_countdown: whether a line on the terminal tells how much time is left
 */
typedef struct
{
  OhmctlContext *context;
  char *job_path;
  OhmctlObject *uplink;
  OhmctlObject *job;
  char *shown;
  GMainLoop *loop;
  GError *error;
  gboolean has_countdown;
} OhmctlClaim;

static void
ohmctl_claim_clear (OhmctlClaim *self)
{
  g_free (self->job_path);
  g_clear_pointer (&self->uplink, ohmctl_object_free);
  g_clear_pointer (&self->job, ohmctl_object_free);
  g_free (self->shown);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_error (&self->error);
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
ohmctl_claim_show_prompt (OhmctlClaim *self)
{
  const char *code = ohmctl_object_string (self->uplink, "UserCode");

  if (*code == '\0' || g_strcmp0 (code, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_strdup (code);
  if (self->has_countdown)
    g_printerr ("\r\033[K");
  if (self->context->is_json)
    ohmctl_claim_write_prompt (self->uplink);
  else
    ohmctl_claim_print_prompt (self->context, self->uplink);
  fflush (stdout); /* now, into a pipe too: somebody has to act upon it */
}

static void
ohmctl_claim_show_countdown (OhmctlClaim *self)
{
  gint64 left_us = ohmctl_object_integer (self->uplink, "ClaimExpires") - ohmctl_context_now_us ();
  g_autofree char *left = NULL;

  if (!self->has_countdown)
    return;
  if (self->shown == NULL)
    {
      g_printerr ("\r\033[KAsking for a code ...");
      return;
    }
  left = g_strdup_printf ("%d:%02d", (int) (MAX (left_us, 0) / G_USEC_PER_SEC / 60),
                          (int) (MAX (left_us, 0) / G_USEC_PER_SEC % 60));
  g_printerr ("\r\033[KWaiting for you, %s left. Ctrl-C cancels.", left);
}

/* --- following the job --- */

/* (transfer full) (nullable) */
static OhmctlObject *
ohmctl_claim_ask (OhmctlClaim *self, const char *path, const char *interface)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;

  reply = ohmctl_connection_call (self->context, path, "org.freedesktop.DBus.Properties.GetAll",
                                  g_variant_new ("(s)", interface), "(a{sv})",
                                  self->error == NULL ? &self->error : NULL);
  if (reply == NULL)
    return NULL;
  properties = g_variant_get_child_value (reply, 0);
  return ohmctl_object_new (path, properties);
}

static void
ohmctl_claim_update (OhmctlClaim *self)
{
  OhmctlObject *uplink = ohmctl_claim_ask (self, ohmctl_object_get_path (self->uplink),
                                           ohmctl_kind_get_interface (OHMCTL_KIND_UPLINK));
  OhmctlObject *job = uplink != NULL
                        ? ohmctl_claim_ask (self, self->job_path,
                                            ohmctl_kind_get_interface (OHMCTL_KIND_JOB))
                        : NULL;

  if (uplink != NULL)
    {
      ohmctl_object_free (self->uplink);
      self->uplink = uplink;
      ohmctl_claim_show_prompt (self); /* who is quick may have answered by now */
    }
  if (job == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  g_clear_pointer (&self->job, ohmctl_object_free);
  self->job = job;
  if (strcmp (ohmctl_object_string (job, "State"), "running") != 0)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  ohmctl_claim_show_countdown (self);
}

static void
ohmctl_claim_on_changed (GDBusConnection *bus,
                         const char *sender,
                         const char *path,
                         const char *interface,
                         const char *name,
                         GVariant *arguments,
                         gpointer data)
{
  OhmctlClaim *self = data;

  if (strcmp (path, self->job_path) == 0 ||
      strcmp (path, ohmctl_object_get_path (self->uplink)) == 0)
    ohmctl_claim_update (self);
}

static gboolean
ohmctl_claim_on_second (gpointer data)
{
  ohmctl_claim_show_countdown (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
ohmctl_claim_on_interrupt (gpointer data)
{
  OhmctlClaim *self = data;
  g_autoptr (GVariant) reply = NULL;

  reply = ohmctl_connection_call (self->context, self->job_path, "Job.Cancel",
                                  g_variant_new ("(a{sv})", NULL), "()",
                                  self->error == NULL ? &self->error : NULL);
  if (reply == NULL)
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
ohmctl_claim_on_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  OhmctlClaim *self = data;

  if (self->error == NULL)
    g_set_error (&self->error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON,
                 "ohmd ended before the account answered; run 'ohmctl claim' again");
  g_main_loop_quit (self->loop);
}

static void
ohmctl_claim_follow (OhmctlClaim *self)
{
  OhmctlContext *context = self->context;
  guint changes, interrupt, watch, second;

  changes = g_dbus_connection_signal_subscribe (context->bus, context->owner,
                                                "org.freedesktop.DBus.Properties",
                                                "PropertiesChanged", /* path: two of them */ NULL,
                                                /* arg0 */ NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                ohmctl_claim_on_changed, self, /* free */ NULL);
  interrupt = g_unix_signal_add (SIGINT, ohmctl_claim_on_interrupt, self);
  watch = g_bus_watch_name_on_connection (context->bus, context->owner,
                                          G_BUS_NAME_WATCHER_FLAGS_NONE,
                                          /* appeared */ NULL, ohmctl_claim_on_vanished, self,
                                          /* free */ NULL);
  second = g_timeout_add_seconds (1, ohmctl_claim_on_second, self);
  ohmctl_claim_update (self);
  if (self->error == NULL && strcmp (ohmctl_object_string (self->job, "State"), "running") == 0)
    g_main_loop_run (self->loop);
  g_source_remove (second);
  g_bus_unwatch_name (watch);
  g_source_remove (interrupt);
  g_dbus_connection_signal_unsubscribe (context->bus, changes);
  if (self->has_countdown)
    g_printerr ("\r\033[K");
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
ohmctl_claim_print_linked (OhmctlClaim *self)
{
  const char *id = ohmctl_object_get_id (self->uplink);
  g_autofree char *account = ohmctl_claim_dup_account (self->job);
  gint64 pending = ohmctl_object_integer (self->uplink, "Pending");
  g_autofree char *line = NULL;

  if (self->context->is_json)
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
    line = g_strdup_printf ("%" G_GINT64_FORMAT " records wait and are delivered now; then each "
                            "quarter hour as it is recorded. 'ohmctl uplink show %s' tells how it "
                            "goes.",
                            pending, id);
  else
    line = g_strdup_printf ("Each quarter hour is delivered as it is recorded. 'ohmctl uplink show "
                            "%s' tells how it goes.",
                            id);
  ohmctl_print_paragraph (self->context, 0, line);
  g_clear_pointer (&line, g_free);
  line = g_strdup_printf ("If that is not your account: ohmctl claim --unlink %s", id);
  ohmctl_print_paragraph (self->context, 0, line);
}

static gboolean
ohmctl_claim_link (OhmctlContext *context, OhmctlObject *uplink, GError **error)
{
  g_auto (OhmctlClaim) self = { .context = context };
  g_autoptr (GVariant) reply = NULL;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.Claim",
                                  g_variant_new ("(a{sv})", NULL), "(o)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(o)", &self.job_path);
  self.uplink = ohmctl_object_copy (uplink);
  self.loop = g_main_loop_new (/* context */ NULL, FALSE);
  self.has_countdown = !context->is_json && isatty (STDERR_FILENO);
  ohmctl_claim_follow (&self);
  if (self.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self.error));
      return FALSE;
    }
  if (!ohmctl_job_check (self.job, error))
    return FALSE;
  ohmctl_claim_print_linked (&self);
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
    .text = "Shows where to go and which code to enter there, also as a QR code, and waits until "
            "you have said yes or no; then tells which account it is. No password passes through "
            "this gateway. Without UPLINK it is the only one that is not linked yet.\n\n"
            "With --json two documents come, the second once it is linked.",
    .examples = "ohmctl claim\nohmctl claim --unlink cloud\n",
    .options = ohmctl_claim_options,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_claim_run,
  },
  { NULL },
};
