/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

void
ohm_sample_run_async (OhmSample *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, /* cancellable */ NULL, callback, data);

  g_task_return_boolean (task, TRUE);
}
