/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-backfill.h"

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-job.h"
#include "ohmctl-time.h"

const char ohmctl_backfill_text[] =
  "Reads the memory that the meter keeps by itself, if [history] of its file says how. Quarter "
  "hours that were missed are filled in, sampled ones replaced by the meter's own; where both "
  "differ by more than the time of sampling explains, an event says so, and the exit status is 7. "
  "A "
  "memory that agrees with nothing that was sampled is taken for a wrong setting and not stored, "
  "unless you --accept it. Records keep their origin: 'ohmctl history' tells them apart.\n\n"
  "Ctrl-C cancels; the same command goes on where it was, also after a restart."
  "\n\n" OHMCTL_TIME_HELP;

const char ohmctl_backfill_examples[] = "ohmctl meter backfill main\n"
                                        "ohmctl meter backfill main --from=7d\n";

const OhmctlOption ohmctl_backfill_options[] = {
  { "from", "TIME", "begin after this time (default: all that the memory holds)" },
  { "to", "TIME", "end at this time (default: now)" },
  { "accept", NULL, "store it even if it agrees with nothing that was sampled" },
  { "restart", NULL, "begin anew instead of going on" },
  { NULL },
};

/* Done, but with something to look at. */
static gboolean
ohmctl_backfill_is_differing (OhmctlObject *job)
{
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  guint n_differing = 0;

  return result != NULL && g_variant_lookup (result, "differing", "u", &n_differing) &&
         n_differing > 0;
}

gboolean
ohmctl_backfill_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmctlObject) job = NULL;
  const char *path;
  gint64 from_us = 0;
  gint64 to_us = 0;

  if (meter == NULL || !ohmctl_time_get_option (context, args, "from", &from_us, error) ||
      !ohmctl_time_get_option (context, args, "to", &to_us, error))
    return FALSE;
  if (ohmctl_args_has (args, "accept"))
    g_variant_dict_insert (&options, "accept", "b", TRUE);
  if (ohmctl_args_has (args, "restart"))
    g_variant_dict_insert (&options, "restart", "b", TRUE);
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.Backfill",
                                  g_variant_new ("(xx@a{sv})", from_us, to_us,
                                                 g_variant_dict_end (&options)),
                                  "(o)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &path);
  job = ohmctl_job_follow (context, path, error);
  if (job == NULL || !ohmctl_job_print (context, job, error))
    return FALSE;
  if (ohmctl_backfill_is_differing (job))
    context->exit = OHMCTL_EXIT_FINDINGS;
  return TRUE;
}
