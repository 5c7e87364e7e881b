/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * An account as test-cloud-oidc.py drives it, against an identity server that runs elsewhere:
 * commands come on standard input, one a line, what happened goes to standard output. Its time
 * stands still but for `pass`, so that nobody waits for intervals of polling.
 *
 *   cloud-claimant ISSUER CLIENT
 *
 *   claim        prompt CODE URI COMPLETE, later: claimed ACCOUNT, or failed MESSAGE
 *   authorize    token TOKEN, or failed MESSAGE
 *   refused      the engine did not take the last token
 *   unlink       unlinked
 *   pass N       N seconds pass
 *   kept         kept SECRET: the claim as it is kept
 *   keep SECRET  ... as it was kept
 *   restart      state STATE MESSAGE
 */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cloud-issuer.h"

typedef struct
{
  OhmTestIssuer *issuer;
  GMainLoop *loop;
} OhmTestClaimant;

static void
test_claimant_say (const char *word, const char *text)
{
  printf ("%s %s\n", word, text != NULL ? text : "-");
  fflush (stdout);
}

static void
test_claimant_fail (const GError *error)
{
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

  test_claimant_say ("failed", ohm_message_get_code (message));
}

static void
test_claimant_on_prompt (const OhmClaimPrompt *prompt, gpointer user_data)
{
  printf ("prompt %s %s %s\n", prompt->user_code, prompt->uri,
          prompt->uri_complete != NULL ? prompt->uri_complete : "-");
  fflush (stdout);
}

static void
test_claimant_on_claimed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmTestClaimant *self = user_data;
  g_autoptr (GError) error = NULL;

  if (ohm_cloud_account_claim_finish (OHM_CLOUD_ACCOUNT (source), result, &error))
    test_claimant_say ("claimed", ohm_uplink_get_account (self->issuer->uplink));
  else
    test_claimant_fail (error);
}

static void
test_claimant_on_authorized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  char *token = ohm_cloud_account_authorize_finish (OHM_CLOUD_ACCOUNT (source), result, &error);

  if (token != NULL)
    test_claimant_say ("token", token + strlen ("Bearer "));
  else
    test_claimant_fail (error);
  ohm_secret_free (token);
}

static void
test_claimant_on_unlinked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (ohm_cloud_account_unlink_finish (OHM_CLOUD_ACCOUNT (source), result, NULL));
  test_claimant_say ("unlinked", NULL);
}

static void
test_claimant_pass (OhmTestTime *time, gint64 us)
{
  ohm_clock_move (time->clock, ohm_test_time_wall (time) + us, ohm_test_time_mono (time) + us);
}

static void
test_claimant_restart (OhmTestIssuer *issuer)
{
  fixture_issuer_restart (issuer);
  printf ("state %s %s\n", ohm_claim_state_to_string (ohm_uplink_get_claim (issuer->uplink)),
          fixture_issuer_code (issuer));
  fflush (stdout);
}

static void
test_claimant_obey (OhmTestClaimant *self, const char *word, const char *rest)
{
  OhmCloudAccount *account = self->issuer->account;

  if (g_str_equal (word, "claim"))
    ohm_cloud_account_claim_async (account, test_claimant_on_prompt, NULL, NULL,
                                   test_claimant_on_claimed, self);
  else if (g_str_equal (word, "authorize"))
    ohm_cloud_account_authorize_async (account, NULL, test_claimant_on_authorized, NULL);
  else if (g_str_equal (word, "refused"))
    ohm_cloud_account_refused (account);
  else if (g_str_equal (word, "unlink"))
    ohm_cloud_account_unlink_async (account, test_claimant_on_unlinked, NULL);
  else if (g_str_equal (word, "pass"))
    test_claimant_pass (self->issuer->time, g_ascii_strtoll (rest, NULL, 10) * G_USEC_PER_SEC);
  else if (g_str_equal (word, "kept"))
    test_claimant_say ("kept", fixture_issuer_kept (self->issuer));
  else if (g_str_equal (word, "keep"))
    ohm_test_secrets_put (self->issuer->secrets, "cloud", "claim", rest);
  else if (g_str_equal (word, "restart"))
    test_claimant_restart (self->issuer);
  else
    g_assert_not_reached ();
}

static gboolean
test_claimant_on_line (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  OhmTestClaimant *self = user_data;
  g_autofree char *line = NULL;
  char *rest;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  g_strchomp (line);
  rest = strchrnul (line, ' ');
  if (*rest != '\0')
    *rest++ = '\0';
  test_claimant_obey (self, line, rest);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (OhmTestIssuer) issuer = NULL;
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (0);
  OhmTestClaimant self = { .loop = loop };

  g_return_val_if_fail (argc == 3, 2);
  issuer = fixture_issuer_new_at (argv[1], argv[2]);
  self.issuer = issuer;
  /* without a buffer each wake-up is one line */
  g_io_channel_set_line_term (channel, "\n", 1);
  g_io_add_watch (channel, G_IO_IN | G_IO_HUP, test_claimant_on_line, &self);
  g_main_loop_run (loop);
  return 0;
}
