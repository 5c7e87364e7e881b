/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

void
ohm_sample_run (OhmSample *self,
                int a,
                int b,
                int c,
                int d,
                void (*done) (int x, int y),
                GError **error)
{
}
