/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-point.h"

#include <stdlib.h>
#include <string.h>

#include "ohm-error.h"
#include "ohm-keyfile.h"
#include "ohm-quantity-private.h"
#include "ohm-text-private.h"

/* Interned strings are never freed: what a device or file can make us intern is bounded. */
#define NAME_MAX_BYTES 120
#define UNIT_MAX_BYTES 32

/* OBIS value group C of a channel, relative to the code of the sum (IEC 62056-61, table of value
 * group C, electricity); -1 where there is none. */
typedef struct
{
  const char *name;
  int obis_offset;
} OhmChannel;

static const OhmChannel channels[] = {
  { "l1", 20 },     { "l2", 40 },   { "l3", 60 },     { "l4", -1 },    { "total", 0 },
  { "total4", -1 }, { "n", 80 },    { "n-calc", -1 }, { "l1-n", 20 },  { "l2-n", 40 },
  { "l3-n", 60 },   { "l4-n", -1 }, { "l1-l2", -1 },  { "l2-l3", -1 }, { "l3-l1", -1 },
};

static const OhmChannel *
ohm_point_find_channel (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    if (strcmp (channels[i].name, name) == 0)
      return &channels[i];
  return NULL;
}

/* (nullable): the channel that is meant by @name: of all of it, or the one that differs least */
static const char *
ohm_point_suggest_channel (const char *const *known, const char *name)
{
  for (guint i = 0; known[i] != NULL; i++)
    if (g_str_has_prefix (known[i], name) || g_str_has_prefix (name, known[i]))
      return known[i];
  return ohm_suggest (name, known);
}

/* @part: (nullable): what stands where a channel may; it need not be one */
static gboolean
ohm_point_parse_channel (OhmPoint *point, const char *name, const char *part, GError **error)
{
  const char *const *known = ohm_quantity_get_channels (point->quantity);
  const char *quantity = point->quantity->id;
  const char *near;

  if (part == NULL || ohm_point_find_channel (part) == NULL)
    return TRUE;
  point->channel = part;
  if (g_strv_contains (known, part))
    return TRUE;
  near = ohm_point_suggest_channel (known, part);
  if (near != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE,
                 "point '%s': '%s' has no channel '%s', did you mean '%s.%s'?", name, quantity,
                 part, quantity, near);
  else
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "point '%s': '%s' has no channel%s%s%s", name,
                 quantity, known[0] != NULL ? " '" : "", known[0] != NULL ? part : "",
                 known[0] != NULL ? "'" : "");
  return FALSE;
}

static gboolean
ohm_point_is_tariff (const char *part)
{
  gsize length = strlen (part);

  return part[0] == 't' && (length == 2 || length == 3) && part[1] >= '1' && part[1] <= '9' &&
         (length == 2 || g_ascii_isdigit (part[2]));
}

static gboolean
ohm_point_is_group (const char *part)
{
  gsize length = strlen (part);

  return length > 1 && g_ascii_islower (part[0]) && g_ascii_isdigit (part[length - 1]) &&
         strspn (part, "abcdefghijklmnopqrstuvwxyz0123456789") == length;
}

static gboolean
ohm_point_parse_quantity (OhmPoint *point, const char *name, const char *part, GError **error)
{
  const char *near;

  point->quantity = ohm_quantity_lookup (part != NULL ? part : "");
  if (point->quantity != NULL)
    return TRUE;
  near = part != NULL ? ohm_quantity_suggest (part) : NULL;
  if (near != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE,
                 "point '%s': unknown quantity '%s', did you mean '%s'?", name, part, near);
  else
    g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "point '%s': unknown quantity '%s'", name,
                 part != NULL ? part : "");
  return FALSE;
}

static const char *
ohm_point_intern_unit (const OhmQuantity *quantity, const char *unit)
{
  g_autofree char *valid = NULL;

  if (unit == NULL)
    return ohm_text_intern (quantity->unit != NULL ? quantity->unit : "");
  valid = ohm_text_dup_valid (unit, UNIT_MAX_BYTES);
  return ohm_text_intern (valid);
}

gboolean
ohm_point_parse (const char *name,
                 const char *unit,
                 gboolean is_integer,
                 OhmPoint *ret_point,
                 GError **error)
{
  g_auto (GStrv) parts = NULL;
  OhmPoint point = { .group = "", .channel = "", .tariff = "", .is_integer = is_integer };
  guint i = 0;

  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (ret_point != NULL, FALSE);

  if (strlen (name) > NAME_MAX_BYTES || !g_str_is_ascii (name))
    {
      g_set_error_literal (error, OHM_ERROR, OHM_ERROR_PROFILE,
                           "a point's name has only ASCII and at most 120 characters");
      return FALSE;
    }
  parts = g_strsplit (name, ".", 5);
  if (parts[0] != NULL && ohm_point_is_group (parts[0]))
    point.group = parts[i++];
  if (!ohm_point_parse_quantity (&point, name, parts[i], error))
    return FALSE;
  i++;
  if (!ohm_point_parse_channel (&point, name, parts[i], error))
    return FALSE;
  if (point.channel[0] != '\0')
    i++;
  if (parts[i] != NULL && ohm_point_is_tariff (parts[i]))
    point.tariff = parts[i++];
  if (parts[i] != NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE,
                   "point '%s': '%s' is no channel and no tariff", name, parts[i]);
      return FALSE;
    }
  point.name = ohm_text_intern (name);
  point.group = ohm_text_intern (point.group);
  point.channel = ohm_text_intern (point.channel);
  point.tariff = ohm_text_intern (point.tariff);
  point.unit = ohm_point_intern_unit (point.quantity, unit);
  *ret_point = point;
  return TRUE;
}

char *
ohm_point_dup_obis (const OhmPoint *point)
{
  const OhmChannel *channel;
  guint64 c;
  guint64 tariff = 0;
  char *d;

  g_return_val_if_fail (point != NULL, NULL);

  if (point->quantity->obis == NULL)
    return NULL;
  c = g_ascii_strtoull (point->quantity->obis, &d, 10);
  channel = ohm_point_find_channel (point->channel[0] != '\0' ? point->channel : "total");
  /* 91 and 92 are current and voltage of the neutral; 11 and 12 are of any phase, not sums */
  if (channel == NULL || channel->obis_offset < 0 || (channel->obis_offset == 80 && c != 11) ||
      (channel->obis_offset == 0 && point->channel[0] != '\0' && (c == 11 || c == 12)))
    return NULL;
  if (point->tariff[0] != '\0')
    tariff = g_ascii_strtoull (point->tariff + 1, NULL, 10);
  /* value group E counts tariffs to 63, and those of energies only */
  if (tariff > 63 || (tariff != 0 && !ohm_point_is_energy (point)))
    return NULL;
  return g_strdup_printf ("1-0:%" G_GUINT64_FORMAT ".%c.%" G_GUINT64_FORMAT,
                          c + (guint64) channel->obis_offset, d[1], tariff);
}

gboolean
ohm_point_is_energy (const OhmPoint *point)
{
  g_return_val_if_fail (point != NULL, FALSE);

  return point->quantity->kind == OHM_KIND_COUNTER || point->quantity->kind == OHM_KIND_BALANCE;
}

double
ohm_point_get_real (const OhmPoint *point, OhmCell cell)
{
  return point->is_integer ? (double) cell.integer : cell.real;
}
