/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Instead of ohmctl-qr-code.c, where libqrencode is missing: people type the code. */

#include "config.h"

#include "ohmctl-qr.h"

OhmctlQr *
ohmctl_qr_new (const char *text)
{
  return NULL;
}
