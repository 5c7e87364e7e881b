/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

int
ohm_sample_run (void)
{
  goto out;
out:
  return 0;
}
