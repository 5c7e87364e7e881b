/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.h */

#pragma once

typedef struct
{
  int count;
} Sample;
