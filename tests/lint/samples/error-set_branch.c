/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

gboolean
ohm_sample_run (OhmSample *self, guint count, GError **error)
{
  if (!ohm_sample_open (self, error))
    return FALSE;

  if (count > self->count)
    return FALSE;
  return TRUE;
}
