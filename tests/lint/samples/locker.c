/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

void
ohm_sample_run (OhmSample *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->count++;
}
