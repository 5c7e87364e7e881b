/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"
#include "ohmctl-exchange.h"

G_BEGIN_DECLS

/* How an exchange is shown. */

/* `TIME UNIT FC FIRST COUNT TOOK ANSWER`, (transfer full) */
char *ohmctl_capture_line_dup_header (void);

/* (transfer full): a line without newline, fit to the width of the terminal */
char *ohmctl_capture_line_dup (OhmctlContext *context, const OhmctlExchange *exchange);

/* One JSON object. */
void ohmctl_capture_line_write (OhmctlJson *json, const OhmctlExchange *exchange);

G_END_DECLS
