/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/* libFuzzer's entry point: runs one input, always returns 0. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
