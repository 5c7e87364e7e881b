/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm.h"

G_BEGIN_DECLS

/* A request and its answer, as function and data. */
typedef struct
{
  guint8 unit;
  gint64 time_us;
  GBytes *request;
  GBytes *reply; /* (nullable): it timed out */
} OhmCaptureExchange;

/* What is to come of it. */
typedef struct
{
  char *name;
  char *text; /* (nullable): a fact that must not be there */
} OhmCaptureExpected;

typedef struct
{
  char *profile;
  char *origin;
  GPtrArray *exchanges; /* (element-type OhmCaptureExchange) */
  GPtrArray *facts;     /* (element-type OhmCaptureExpected) */
  GPtrArray *points;    /* (element-type OhmCaptureExpected) */
} OhmCapture;

OhmCapture *ohm_capture_parse (const char *text, GError **error);
void ohm_capture_free (OhmCapture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCapture, ohm_capture_free)

/* Fills unit, function, address and count; FALSE if it is no request to read. */
gboolean ohm_capture_get_request (const OhmCaptureExchange *exchange, OhmRequest *ret_request);

G_END_DECLS
