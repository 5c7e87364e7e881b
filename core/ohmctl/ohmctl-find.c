/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-find.h"

#include <stdio.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-job.h"

const char ohmctl_find_text[] =
  "A meter that was put at the address of another configured one is followed by itself. This looks "
  "for one that is at none of those: it asks the units of its link, one after the other, for the "
  "meter's serial. Where it is found it is read from then on, and its series goes on; the alarm "
  "'address-followed' stays until its file says the same.\n\n"
  "Asking takes a quarter of the link's time at most, so that a line with few meters may take a "
  "quarter of an hour; name the units to be quicker. Ctrl-C cancels.";

const char ohmctl_find_examples[] = "ohmctl meter find lift\n"
                                    "ohmctl meter find lift --units=1-32\n"
                                    "ohmctl meter find lift --link=192.0.2.11:502\n";

const OhmctlOption ohmctl_find_options[] = {
  { "units", "FIRST-LAST", "units to ask (default: 1-247)" },
  { "link", "LINK", "look on this link of 'ohmctl link list' (default: the meter's)",
    OHMCTL_WORD_LINK },
  { NULL },
};

static gboolean
ohmctl_find_parse_units (const char *text, GVariantDict *options, GError **error)
{
  unsigned int first = 0;
  unsigned int last = 0;
  char rest;
  int n = sscanf (text, "%3u-%3u%c", &first, &last, &rest);

  if (n == 1 && sscanf (text, "%3u%c", &first, &rest) == 1)
    last = first;
  else if (n != 2)
    last = 0;
  if (first > last || last > 255 || (first == 0 && last == 0))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "--units: '%s' is no range of units as in 1-32", text);
      return FALSE;
    }
  g_variant_dict_insert (options, "first", "y", (guint8) first);
  g_variant_dict_insert (options, "last", "y", (guint8) last);
  return TRUE;
}

gboolean
ohmctl_find_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  g_autoptr (OhmctlObject) job = NULL;
  g_autoptr (GVariant) reply = NULL;
  const char *units = ohmctl_args_get (args, "units");
  const char *link = ohmctl_args_get (args, "link");
  const char *path;

  if (meter == NULL || (units != NULL && !ohmctl_find_parse_units (units, &options, error)))
    return FALSE;
  if (link != NULL)
    g_variant_dict_insert (&options, "link", "s", link);
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.Find",
                                  g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(o)",
                                  error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &path);
  job = ohmctl_job_follow (context, path, error);
  return job != NULL && ohmctl_job_print (context, job, error);
}
