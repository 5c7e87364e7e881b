/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * A unit as people type it into the device, and what follows from it.
 *
 * @text: what was typed
 * @unit: how we write it
 * @quantity: (nullable): what such a value is; %NULL for a value of pulses in @unit
 * @factor: into the quantity's unit
 */
typedef struct
{
  const char *text;
  const char *unit;
  const char *quantity;
  double factor;
} OhmProdata2Unit;

/* (nullable): only what is sure; anything else is a text that people understand */
const OhmProdata2Unit *ohm_prodata2_unit_find (const char *text);

G_END_DECLS
