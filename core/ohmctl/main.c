/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <libintl.h>
#include <locale.h>

#include "ohmctl-app.h"

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  return (int) ohmctl_app_run (argv);
}
