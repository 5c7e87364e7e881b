/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

/**
 * OhmctlCaptureOut:
 * @file: (nullable): what is written to; %NULL while there is none
 * @name: (owned) (nullable): its name; %NULL for the standard output
 * @is_new: whether it was made, and is taken away again should nothing begin
 *
 * A file of a capture. Until ohmctl_capture_out_begin() it has what it had before: a capture that
 * cannot begin harms none that was good.
 */
typedef struct
{
  FILE *file;
  char *name;
  gboolean is_new;
} OhmctlCaptureOut;

/* @name: `-` for the standard output */
gboolean ohmctl_capture_out_open (OhmctlCaptureOut *self, const char *name, GError **error);
/* Empties it, and writes what every such file begins with. */
void ohmctl_capture_out_begin (OhmctlCaptureOut *self, gconstpointer header, gsize length);
/* Whether all is written; so it is if there is no file. */
gboolean ohmctl_capture_out_flush (OhmctlCaptureOut *self);
void ohmctl_capture_out_clear (OhmctlCaptureOut *self);

G_END_DECLS
