/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.h */

#pragma once

#define SAMPLE_MAX 3

typedef struct
{
  int count;
} OhmSample;
