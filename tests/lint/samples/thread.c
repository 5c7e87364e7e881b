/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

void
ohm_sample_run (OhmSample *self)
{
  self->thread = g_thread_new ("sample", ohm_sample_work, self);
}
