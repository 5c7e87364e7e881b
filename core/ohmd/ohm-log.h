/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Structured log lines of the daemon: `kind` and `id` become a field (OHM_METER=main) in the
 * journal. Levels: info = --verbose, message = life cycle, warning = an operator should act. */

#define ohm_log_info(kind, id, ...)    ohm_log (G_LOG_LEVEL_INFO, kind, id, __VA_ARGS__)
#define ohm_log_message(kind, id, ...) ohm_log (G_LOG_LEVEL_MESSAGE, kind, id, __VA_ARGS__)
#define ohm_log_warning(kind, id, ...) ohm_log (G_LOG_LEVEL_WARNING, kind, id, __VA_ARGS__)

/**
 * ohm_log:
 * @level: how much it matters
 * @kind: (nullable): `meter`, `link`, `plugin`, `store`
 * @id: (nullable): which one
 * @format: one line, printf
 *
 * Control characters in the line are replaced: device names come from the wire.
 */
void ohm_log (GLogLevelFlags level, const char *kind, const char *id, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

/* Sends the log to the journal when started by systemd, else to standard error. Messages of level
 * info are dropped unless @is_verbose. */
void ohm_log_init (gboolean is_verbose);

G_END_DECLS
