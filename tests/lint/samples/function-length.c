/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

void
ohm_sample_run (void)
{
  ohm_sample_step (); /* x 81 */
}
