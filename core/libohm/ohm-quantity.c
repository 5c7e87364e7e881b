/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-quantity-private.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "ohm-keyfile.h"

/* Sorted by id. OBIS codes: IEC 62056-61, value groups C and D of electricity; only where sign and
 * direction of the quantity are those of the code. */
/* clang-format off */
static const OhmQuantity quantities[] = {
  { "battery-state", N_("State of the battery"), "", NULL, OHM_KIND_STATE, NULL },
  { "cos-phi", N_("cos phi of the fundamental"), "", NULL, OHM_KIND_GAUGE, "cos φ" },
  { "current", N_("Current"), "A", "11.7.0", OHM_KIND_GAUGE, "I" },
  { "demand-active", N_("Active power demand"), "W", NULL, OHM_KIND_GAUGE, NULL },
  { "energy-active-export", N_("Active energy supplied"), "Wh", "2.8.0", OHM_KIND_COUNTER, "E-" },
  { "energy-active-import", N_("Active energy consumed"), "Wh", "1.8.0", OHM_KIND_COUNTER, "E+" },
  { "energy-active-net", N_("Active energy, net"), "Wh", "16.8.0", OHM_KIND_BALANCE, "E" },
  { "energy-apparent", N_("Apparent energy"), "VAh", NULL, OHM_KIND_COUNTER, "Es" },
  { "energy-heat", N_("Heat energy"), "Wh", NULL, OHM_KIND_COUNTER, NULL },
  { "energy-reactive", N_("Reactive energy, net"), "varh", NULL, OHM_KIND_BALANCE, "Eq" },
  { "energy-reactive-capacitive", N_("Reactive energy, capacitive"), "varh", NULL,
    OHM_KIND_BALANCE, NULL },
  { "energy-reactive-inductive", N_("Reactive energy, inductive"), "varh", NULL,
    OHM_KIND_BALANCE, NULL },
  { "frequency", N_("Frequency"), "Hz", "14.7.0", OHM_KIND_GAUGE, "f" },
  { "input-state", N_("State of the input"), "", NULL, OHM_KIND_STATE, NULL },
  { "power-active", N_("Active power"), "W", "16.7.0", OHM_KIND_GAUGE, "P" },
  { "power-apparent", N_("Apparent power"), "VA", NULL, OHM_KIND_GAUGE, "S" },
  { "power-factor", N_("Power factor"), "", "13.7.0", OHM_KIND_GAUGE, "PF" },
  { "power-reactive", N_("Reactive power"), "var", NULL, OHM_KIND_GAUGE, "Q" },
  { "pulse-count", N_("Pulses counted"), "", NULL, OHM_KIND_COUNTER, NULL },
  { "pulse-rate", N_("Value of the pulses in an averaging interval"), NULL, NULL, OHM_KIND_GAUGE,
    NULL },
  { "pulse-value", N_("Value of the pulses counted"), NULL, NULL, OHM_KIND_COUNTER, NULL },
  { "rotation", N_("Rotation of the field"), "", NULL, OHM_KIND_STATE, NULL },
  { "temperature", N_("Temperature"), "degC", NULL, OHM_KIND_GAUGE, "T" },
  { "thd-current", N_("Total harmonic distortion of the current"), "%", NULL, OHM_KIND_GAUGE,
    "THD I" },
  { "thd-voltage", N_("Total harmonic distortion of the voltage"), "%", NULL, OHM_KIND_GAUGE,
    "THD U" },
  { "voltage", N_("Voltage"), "V", "12.7.0", OHM_KIND_GAUGE, "U" },
  { "volume", N_("Volume"), "m3", NULL, OHM_KIND_COUNTER, "V" },
};
/* clang-format on */

/* Channels belong to the vocabulary as much as quantities do: `voltage.l1` would be another series
 * than the `voltage.l1-n` that all others mean. */
static const char *const channels_of_voltages[] = {
  "l1-n", "l2-n", "l3-n", "l4-n", "l1-l2", "l2-l3", "l3-l1", NULL,
};
static const char *const channels_of_currents[] = {
  "l1", "l2", "l3", "l4", "n", "n-calc", "total", "total4", NULL,
};
static const char *const channels_of_distortions[] = { "l1", "l2", "l3", "l4", NULL };
static const char *const channels_of_powers[] = {
  "l1", "l2", "l3", "l4", "total", "total4", NULL,
};

static const struct
{
  const char *id;
  const char *const *channels;
} channels[] = {
  { "cos-phi", channels_of_powers },
  { "current", channels_of_currents },
  { "demand-active", channels_of_powers },
  { "energy-active-export", channels_of_powers },
  { "energy-active-import", channels_of_powers },
  { "energy-active-net", channels_of_powers },
  { "energy-apparent", channels_of_powers },
  { "energy-reactive", channels_of_powers },
  { "energy-reactive-capacitive", channels_of_powers },
  { "energy-reactive-inductive", channels_of_powers },
  { "power-active", channels_of_powers },
  { "power-apparent", channels_of_powers },
  { "power-factor", channels_of_powers },
  { "power-reactive", channels_of_powers },
  { "thd-current", channels_of_distortions },
  { "thd-voltage", channels_of_distortions },
  { "voltage", channels_of_voltages },
};

const char *const *
ohm_quantity_get_channels (const OhmQuantity *quantity)
{
  static const char *const none[] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    if (strcmp (channels[i].id, quantity->id) == 0)
      return channels[i].channels;
  return none;
}

static int
ohm_quantity_compare (const void *id, const void *row)
{
  return strcmp (id, ((const OhmQuantity *) row)->id);
}

const OhmQuantity *
ohm_quantity_lookup (const char *id)
{
  g_return_val_if_fail (id != NULL, NULL);

  return bsearch (id, quantities, G_N_ELEMENTS (quantities), sizeof (OhmQuantity),
                  ohm_quantity_compare);
}

const OhmQuantity *
ohm_quantity_table (guint *ret_n)
{
  g_return_val_if_fail (ret_n != NULL, NULL);

  *ret_n = G_N_ELEMENTS (quantities);
  return quantities;
}

const char *
ohm_quantity_suggest (const char *id)
{
  const char *ids[G_N_ELEMENTS (quantities) + 1] = { NULL };

  g_return_val_if_fail (id != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (quantities); i++)
    ids[i] = quantities[i].id;
  return ohm_suggest (id, ids);
}

const char *
ohm_kind_to_string (OhmKind kind)
{
  static const char *const names[] = { "gauge", "counter", "balance", "state", "text" };

  g_return_val_if_fail (kind <= OHM_KIND_TEXT, NULL);

  return names[kind];
}
