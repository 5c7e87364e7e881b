/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as tests/unit/test-sample.c */

static void
test_run (void)
{
  exit (1);
}
