/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

void
ohm_sample_run (GTask *task)
{
  g_task_run_in_thread (task, ohm_sample_work);
}
