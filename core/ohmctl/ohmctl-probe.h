/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"
#include "ohmctl-guess.h"

G_BEGIN_DECLS

/**
 * OhmctlRegisters:
 * @address: (owned): the link that they came from
 * @unit: whose they are
 * @function: that brought them
 * @first: the first one, as on the wire
 * @n: how many
 * @bytes: (owned): big endian
 *
 * Registers as a device told them.
 */
typedef struct
{
  char *address;
  guint unit;
  guint function;
  guint first;
  guint n;
  guint8 *bytes;
} OhmctlRegisters;

void ohmctl_registers_free (OhmctlRegisters *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlRegisters, ohmctl_registers_free)

/* Options that say how to ask: `--unit`, `--function`, `--framing`, `--modicon`. */
#define OHMCTL_PROBE_OPTIONS                                                                       \
  { "unit", "UNIT", "unit id to ask, 0..255 (default: the meter's, else 1)" },                     \
    { "function", "3|4", "read function (default: what the device takes)" },                       \
    { "framing", "tcp|rtu", "frames that a new HOST takes (default: tcp)" },                       \
  {                                                                                                \
    "modicon", NULL, "addresses are written 40001, 400001 or 30001"                                \
  }

/**
 * ohmctl_probe_ask:
 * @args: with %OHMCTL_PROBE_OPTIONS
 * @target: meter, link or HOST[:PORT][/UNIT]
 * @address: first register, in any notation
 * @count: registers
 * @error: %OHMCTL_EXIT_NO_ANSWER and others of a job
 *
 * Returns: (transfer full) (nullable): what the device answered
 */
OhmctlRegisters *ohmctl_probe_ask (OhmctlContext *context,
                                   OhmctlArgs *args,
                                   const char *target,
                                   const char *address,
                                   guint count,
                                   GError **error);

G_END_DECLS
