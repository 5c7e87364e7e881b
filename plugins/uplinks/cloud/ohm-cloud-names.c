/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-names.h"

/* The vocabulary's units, and what devices call theirs. UCUM, case sensitive codes; the `var` of
 * reactive power has none there and stays as IEC 80000-6 writes it. */
static const struct
{
  const char *unit;
  const char *ucum;
} units[] = {
  { "", "1" },           { "%", "%" },     { "A", "A" },        { "Hz", "Hz" },
  { "Nm3", "m3" },       { "V", "V" },     { "VA", "V.A" },     { "VAh", "V.A.h" },
  { "W", "W" },          { "Wh", "W.h" },  { "degC", "Cel" },   { "h", "h" },
  { "kVAh", "kV.A.h" },  { "kW", "kW" },   { "kWh", "kW.h" },   { "kg", "kg" },
  { "kvarh", "kvar.h" }, { "l", "L" },     { "m3", "m3" },      { "m\302\263", "m3" },
  { "t", "t" },          { "var", "var" }, { "varh", "var.h" },
};

char *
ohm_cloud_names_dup_ucum (const char *unit)
{
  char *text;

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (unit, units[i].unit))
      return g_strdup (units[i].ucum);
  /* an annotation in braces is a unit of its own; it has printable ASCII and no braces */
  text = g_strdup_printf ("{%s}", unit);
  for (char *c = text + 1; c[1] != '\0'; c++)
    if (!g_ascii_isgraph (*c) || *c == '{' || *c == '}')
      *c = '_';
  return text;
}

char *
ohm_cloud_names_dup_metric (const OhmPoint *point)
{
  return g_strdelimit (g_strdup (point->quantity->id), "-", '.');
}

/* Lower case, with one `_` for whatever a field's name should not have. */
static void
ohm_cloud_names_append (GString *field, const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (field, g_ascii_tolower (*c));
    else if (field->str[field->len - 1] != '_')
      g_string_append_c (field, '_');
}

static void
ohm_cloud_names_append_part (GString *field, const char *text)
{
  if (*text == '\0')
    return;
  g_string_append_c (field, '_');
  ohm_cloud_names_append (field, text);
}

char *
ohm_cloud_names_dup_field (const OhmPoint *point)
{
  GString *field = g_string_new (NULL);
  const char *unit = point->unit;

  ohm_cloud_names_append (field, point->quantity->id);
  ohm_cloud_names_append_part (field, point->channel);
  if (g_str_equal (unit, "%"))
    unit = "percent";
  else if (g_str_equal (unit, "m\302\263"))
    unit = "m3";
  ohm_cloud_names_append_part (field, unit);
  ohm_cloud_names_append_part (field, point->tariff);
  return g_string_free (field, FALSE);
}

gboolean
ohm_cloud_names_is_integer (const OhmQuantity *quantity)
{
  return quantity->kind == OHM_KIND_STATE || g_str_equal (quantity->id, "pulse-count");
}
