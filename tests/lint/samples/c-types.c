/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

gint
ohm_sample_run (const gchar *name)
{
  return 0;
}
