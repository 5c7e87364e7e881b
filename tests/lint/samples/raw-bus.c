/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/ohmd/ohm-sample.c */

void
ohm_sample_run (OhmSample *self)
{
  ohm_bus_connect (self->bus, &ohm_signal_reading, "sample", ohm_sample_on_reading, self);
}
