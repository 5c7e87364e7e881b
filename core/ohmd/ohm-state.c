/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-state.h"

static const char *const names[] = {
  [OHM_STATE_STARTING] = "starting",
  [OHM_STATE_OK] = "ok",
  [OHM_STATE_PARTIAL] = "partial",
  [OHM_STATE_SILENT] = "silent",
  [OHM_STATE_UNREACHABLE] = "unreachable",
  [OHM_STATE_WRONG_DEVICE] = "wrong-device",
  [OHM_STATE_MISCONFIGURED] = "misconfigured",
  [OHM_STATE_DISABLED] = "disabled",
  [OHM_STATE_CONNECTING] = "connecting",
  [OHM_STATE_UP] = "up",
  [OHM_STATE_OVERLOADED] = "overloaded",
  [OHM_STATE_DOWN] = "down",
};

const char *
ohm_state_to_string (OhmStateCode code)
{
  return (guint) code < G_N_ELEMENTS (names) ? names[code] : "unknown";
}

gboolean
ohm_state_is_bad (OhmStateCode code)
{
  return code != OHM_STATE_STARTING && code != OHM_STATE_OK && code != OHM_STATE_UP &&
         code != OHM_STATE_CONNECTING && code != OHM_STATE_DISABLED;
}

static gboolean
ohm_state_same_cause (OhmMessage *a, OhmMessage *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return ohm_message_equal (a, b);
}

gboolean
ohm_state_set (OhmState *self, OhmStateCode code, OhmMessage *cause, gint64 now_us)
{
  gboolean is_other = self->code != code;

  /* the first one may have the code of zeros */
  if (is_other || self->since_us == 0)
    self->since_us = now_us;
  if (!is_other && ohm_state_same_cause (self->cause, cause))
    return FALSE;
  self->code = code;
  if (cause != NULL)
    ohm_message_ref (cause);
  g_clear_pointer (&self->cause, ohm_message_unref);
  self->cause = cause;
  return TRUE;
}

void
ohm_state_clear (OhmState *self)
{
  g_clear_pointer (&self->cause, ohm_message_unref);
}
