/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

void
ohm_sample_run (OhmSample *self)
{
  for (int a = 0; a < 9; a++)
    {
      while (self->busy)
        {
          if (a == 1)
            {
              do
                {
                  if (self->open)
                    {
                      ohm_sample_close (self);
                    }
                }
              while (self->open);
            }
        }
    }
}
