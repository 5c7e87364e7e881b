/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

void
ohm_sample_run (OhmSample *self)
{
  g_timeout_add (100, ohm_sample_on_timeout, self);
}
