/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-qr.h"

#include <qrencode.h>

OhmctlQr *
ohmctl_qr_new (const char *text)
{
  QRcode *code = QRcode_encodeString8bit (text, /* version: any */ 0, QR_ECLEVEL_L);
  OhmctlQr *self;
  guint n;

  if (code == NULL)
    return NULL;
  self = g_new0 (OhmctlQr, 1);
  self->size = (guint) code->width;
  n = self->size * self->size;
  self->dark = g_new0 (gboolean, n);
  for (guint i = 0; i < n; i++)
    self->dark[i] = (code->data[i] & 1) != 0;
  QRcode_free (code);
  return self;
}
