/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as plugins/uplinks/sample/ohm-sample-uplink.c */

static void
ohm_sample_uplink_open (OhmSampleUplink *self)
{
  g_main_loop_run (self->loop);
}
