/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The catalogues as built speak: a message becomes text in the reader's language. */

#include "config.h"

#include "ohm-message.h"

#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>

static void
test_catalogue_german (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("OHM_BUILD_DIR"), "data", "po", NULL);
  g_autofree char *file = g_build_filename (folder, "de", "LC_MESSAGES", GETTEXT_PACKAGE ".mo",
                                            NULL);
  g_autoptr (OhmMessage) whole = ohm_message_new ("timeout", "unit", "7", NULL);
  g_autoptr (OhmMessage) plain = ohm_message_new ("timeout", NULL);
  g_autofree char *text = NULL;
  g_autofree char *short_text = NULL;
  g_autofree char *remedy = NULL;

  if (g_access (file, R_OK) != 0 || setlocale (LC_ALL, "C.UTF-8") == NULL)
    {
      g_test_skip ("no catalogue, or no locale to read it in");
      return;
    }
  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  text = ohm_message_dup_text (whole);
  short_text = ohm_message_dup_text (plain);
  remedy = ohm_message_dup_remedy (whole);
  g_assert_cmpstr (text, ==, "Es kam keine Antwort zur rechten Zeit von Gerät 7.");
  g_assert_cmpstr (short_text, ==, "Es kam keine Antwort zur rechten Zeit.");
  g_assert_true (g_str_has_prefix (remedy, "Prüfen Sie"));
}

int
main (int argc, char **argv)
{
  g_setenv ("LANGUAGE", "de", /* overwrite */ TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalogue/german", test_catalogue_german);
  return g_test_run ();
}
