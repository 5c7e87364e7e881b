/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohmctl-qr.h"

#include <string.h>

#define N 5

/* Dark in one corner and on the diagonal. */
static OhmctlQr *
test_ohmctl_qr_new (void)
{
  OhmctlQr *self = g_new0 (OhmctlQr, 1);

  self->size = N;
  self->dark = g_new0 (gboolean, N * N);
  for (guint i = 0; i < N; i++)
    self->dark[i * N + i] = TRUE;
  self->dark[N - 1] = TRUE;
  return self;
}

/* Two characters a module: what is light is drawn. */
static void
test_ohmctl_qr_ascii (void)
{
  g_autoptr (OhmctlQr) qr = test_ohmctl_qr_new ();
  g_autofree char *text = ohmctl_qr_render (qr, 18, FALSE, FALSE);

  g_assert_cmpstr (text, ==,
                   "##################\n"
                   "##################\n"
                   "####  ######  ####\n"
                   "######  ##########\n"
                   "########  ########\n"
                   "##########  ######\n"
                   "############  ####\n"
                   "##################\n"
                   "##################\n");
}

/* Two rows a line; what is below the last one is nothing. */
static void
test_ohmctl_qr_halves (void)
{
  g_autoptr (OhmctlQr) qr = test_ohmctl_qr_new ();
  g_autofree char *text = ohmctl_qr_render (qr, 9, TRUE, FALSE);

  g_assert_cmpstr (text, ==,
                   "█████████\n"
                   "██▄▀██▄██\n"
                   "████▄▀███\n"
                   "██████▄██\n"
                   "▀▀▀▀▀▀▀▀▀\n");
}

/* The quiet zone is as wide as there is room for, and never less than two. */
static void
test_ohmctl_qr_room (void)
{
  static const struct
  {
    guint width;
    gboolean is_utf8;
    long columns; /* 0: not at all */
  } rows[] = {
    { 80, TRUE, 13 },  { 13, TRUE, 13 },  { 12, TRUE, 11 },  { 9, TRUE, 9 },   { 8, TRUE, 0 },
    { 80, FALSE, 26 }, { 25, FALSE, 22 }, { 18, FALSE, 18 }, { 17, FALSE, 0 },
  };
  g_autoptr (OhmctlQr) qr = test_ohmctl_qr_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = ohmctl_qr_render (qr, rows[i].width, rows[i].is_utf8, FALSE);
      const char *end = text != NULL ? strchr (text, '\n') : NULL;

      g_assert_cmpint (text != NULL ? g_utf8_strlen (text, end - text) : 0, ==, rows[i].columns);
    }
}

/* Black and white whatever the terminal's own colours are, and nothing of it left behind. */
static void
test_ohmctl_qr_colors (void)
{
  g_autoptr (OhmctlQr) qr = test_ohmctl_qr_new ();
  g_autofree char *halves = ohmctl_qr_render (qr, 9, TRUE, TRUE);
  g_autofree char *pairs = ohmctl_qr_render (qr, 18, FALSE, TRUE);
  g_auto (GStrv) lines = g_strsplit (halves, "\n", -1);

  for (guint i = 0; *lines[i] != '\0'; i++)
    g_assert_true (g_str_has_prefix (lines[i], "\033[97;40m") &&
                   g_str_has_suffix (lines[i], "\033[0m"));
  g_assert_true (g_str_has_prefix (pairs, "\033[107m  \033[107m  "));
  g_assert_nonnull (strstr (pairs, "\033[40m  \033[107m"));
  g_assert_null (strchr (pairs, '#'));
}

/* A real one: the finder pattern in three corners, and none in the fourth. */
static void
test_ohmctl_qr_code (void)
{
  g_autoptr (OhmctlQr) qr = ohmctl_qr_new ("https://id.example.org/device?user_code=WDJB-MJHT");
  g_autofree char *huge = g_strnfill (8000, 'x');
  guint last;

  if (qr == NULL)
    {
      g_test_skip ("built without libqrencode");
      return;
    }
  last = qr->size - 1;
  g_assert_cmpuint (qr->size % 4, ==, 1);
  for (guint i = 0; i < 7; i++)
    {
      g_assert_true (qr->dark[i]);
      g_assert_true (qr->dark[last - i]);
      g_assert_true (qr->dark[(last - i) * qr->size]);
      g_assert_true (i == 0 || i == 6 || !qr->dark[qr->size + i]);
    }
  g_assert_null (ohmctl_qr_new (huge));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl-qr/ascii", test_ohmctl_qr_ascii);
  g_test_add_func ("/ohmctl-qr/halves", test_ohmctl_qr_halves);
  g_test_add_func ("/ohmctl-qr/room", test_ohmctl_qr_room);
  g_test_add_func ("/ohmctl-qr/colors", test_ohmctl_qr_colors);
  g_test_add_func ("/ohmctl-qr/code", test_ohmctl_qr_code);
  return g_test_run ();
}
