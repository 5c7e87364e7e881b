/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

gboolean
ohm_sample_run (OhmSample *self, GError **error)
{
  if (strlen (self->name) == 0)
    return FALSE;
  return TRUE;
}
