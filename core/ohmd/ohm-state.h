/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* States of design 4.10; meters and links share one enumeration so that one type carries both. */
typedef enum
{
  OHM_STATE_STARTING,
  OHM_STATE_OK,
  OHM_STATE_PARTIAL,
  OHM_STATE_SILENT,
  OHM_STATE_UNREACHABLE,
  OHM_STATE_WRONG_DEVICE,
  OHM_STATE_MISCONFIGURED,
  OHM_STATE_DISABLED,
  OHM_STATE_CONNECTING,
  OHM_STATE_UP,
  OHM_STATE_OVERLOADED,
  OHM_STATE_DOWN,
} OhmStateCode;

/**
 * OhmState:
 * @code: what it is
 * @since_us: since when, UTC
 * @cause: (owned) (nullable): why
 * @next_attempt_us: when it is tried again, UTC; 0 if nothing is waited for
 *
 * How a meter or link is, and why.
 */
typedef struct
{
  OhmStateCode code;
  gint64 since_us;
  OhmMessage *cause;
  gint64 next_attempt_us;
} OhmState;

const char *ohm_state_to_string (OhmStateCode code);

/* Whether people should look at it. */
gboolean ohm_state_is_bad (OhmStateCode code);

/**
 * ohm_state_set:
 * @self: a state
 * @code: the new code
 * @cause: (nullable): why
 * @now_us: UTC
 *
 * Returns: %TRUE if anything but the next attempt changed; only then is it news
 */
gboolean ohm_state_set (OhmState *self, OhmStateCode code, OhmMessage *cause, gint64 now_us);

void ohm_state_clear (OhmState *self);

G_END_DECLS
