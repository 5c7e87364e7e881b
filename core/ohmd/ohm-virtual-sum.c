/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtual-sum.h"

#include <math.h>
#include <string.h>

#define IMPORT "energy-active-import"
#define EXPORT "energy-active-export"
#define NET    "energy-active-net"

/* Where a value of a part is, and what it is multiplied with. */
typedef struct
{
  guint index;
  guint minus;        /* what is subtracted from it */
  gboolean has_minus; /* export, for a net that the part does not tell */
  double factor;
  gint64 multiplier;   /* the same if it is whole, else 0 */
  gboolean is_integer; /* the part's cells are */
} OhmVirtualSource;

struct _OhmVirtualLayout
{
  OhmPointSet *points; /* (owned) */
  guint n_parts;
  OhmVirtualSource *sources; /* (owned) (array): @n_parts for each point */
};

/* --- the text --- */

static void
ohm_virtual_term_free (OhmVirtualTerm *self)
{
  g_free (self->place);
  g_free (self);
}

static gboolean
ohm_virtual_sum_has (GPtrArray *terms, const char *place)
{
  for (guint i = 0; i < terms->len; i++)
    if (g_str_equal (((OhmVirtualTerm *) g_ptr_array_index (terms, i))->place, place))
      return TRUE;
  return FALSE;
}

static gboolean
ohm_virtual_sum_parse_term (GPtrArray *terms, char *word, GError **error)
{
  OhmVirtualTerm *term;
  char *place = g_strstrip (word);
  gboolean is_negative = *place == '-';

  if (*place == '-' || *place == '+')
    place = g_strchug (place + 1);
  if (!ohm_id_is_valid (place))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "'%s' is no place; write places with commas between them, as in 'main, -heat'",
                   place);
      return FALSE;
    }
  if (ohm_virtual_sum_has (terms, place))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "place '%s' comes twice", place);
      return FALSE;
    }
  term = g_new0 (OhmVirtualTerm, 1);
  term->place = g_strdup (place);
  term->is_negative = is_negative;
  g_ptr_array_add (terms, term);
  return TRUE;
}

GPtrArray *
ohm_virtual_sum_parse (const char *text, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  g_autoptr (GPtrArray) terms = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_virtual_term_free);

  for (guint i = 0; words[i] != NULL; i++)
    if (!ohm_virtual_sum_parse_term (terms, words[i], error))
      return NULL;
  if (terms->len > 0 && terms->len <= OHM_VIRTUAL_PARTS_MAX)
    return g_steal_pointer (&terms);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected 1 to %d places, found %u",
               OHM_VIRTUAL_PARTS_MAX, terms->len);
  return NULL;
}

char *
ohm_virtual_sum_dup_renamed (const char *text, const char *id, const char *new_id)
{
  g_autoptr (GPtrArray) terms = ohm_virtual_sum_parse (text, /* error */ NULL);
  GString *renamed = g_string_new (NULL);

  for (guint i = 0; terms != NULL && i < terms->len; i++)
    {
      const OhmVirtualTerm *term = g_ptr_array_index (terms, i);

      g_string_append_printf (renamed, "%s%s%s", i > 0 ? ", " : "", term->is_negative ? "-" : "",
                              g_str_equal (term->place, id) ? new_id : term->place);
    }
  return g_string_free (renamed, FALSE);
}

gboolean
ohm_virtual_sum_contains (const char *text, const char *id)
{
  g_autoptr (GPtrArray) terms = ohm_virtual_sum_parse (text, /* error */ NULL);

  return terms != NULL && ohm_virtual_sum_has (terms, id);
}

/* --- which points --- */

/* What adds up: neither voltages, whose sum means nothing, nor currents and apparent power, which
 * add up as vectors only. */
static gboolean
ohm_virtual_is_additive (const OhmPoint *point)
{
  static const char *const others[] = { "power-active",
                                        "power-reactive",
                                        "energy-heat",
                                        "energy-reactive",
                                        "energy-reactive-inductive",
                                        "energy-reactive-capacitive",
                                        "volume",
                                        "pulse-value",
                                        NULL };

  return g_str_has_prefix (point->quantity->id, "energy-active-") ||
         g_strv_contains (others, point->quantity->id);
}

static const char *
ohm_virtual_swap (const char *quantity)
{
  if (g_str_equal (quantity, IMPORT))
    return EXPORT;
  return g_str_equal (quantity, EXPORT) ? IMPORT : quantity;
}

/* What stands behind the quantity: `.l1.t1`. */
static const char *
ohm_virtual_get_rest (const OhmPoint *point)
{
  const char *name = point->name;

  if (*point->group != '\0')
    name += strlen (point->group) + 1;
  return name + strlen (point->quantity->id);
}

/* Finds what the part's place shows as @quantity and @rest. */
static gboolean
ohm_virtual_find (const OhmVirtualPart *part,
                  const char *quantity,
                  const char *rest,
                  guint *ret_index)
{
  const char *raw = part->place->is_inverted ? ohm_virtual_swap (quantity) : quantity;
  const char *group = part->place->source;
  g_autofree char *name = g_strdup_printf ("%s%s%s%s", group, *group != '\0' ? "." : "", raw, rest);

  return ohm_point_set_find (part->points, name, ret_index);
}

/* Seen from the other side, what has a direction changes its sign. */
static gboolean
ohm_virtual_is_negated (const OhmVirtualPart *part, const OhmPoint *point)
{
  return part->place->is_inverted && (point->quantity->kind == OHM_KIND_BALANCE ||
                                      g_str_has_prefix (point->quantity->id, "power-"));
}

static void
ohm_virtual_set_factor (OhmVirtualSource *source, double factor)
{
  double whole = nearbyint (factor);

  source->factor = factor;
  if (fabs (whole) <= G_MAXINT32 && !islessgreater (whole, factor))
    source->multiplier = (gint64) whole;
}

/* Fills @source with what @part has of a point; %FALSE if it has nothing of the kind. */
static gboolean
ohm_virtual_fill_source (OhmVirtualSource *source,
                         const OhmVirtualPart *part,
                         const char *quantity,
                         const char *rest,
                         const char *unit)
{
  const OhmPoint *points = ohm_point_set_get_points (part->points, &(guint){ 0 });
  gboolean is_direct = ohm_virtual_find (part, quantity, rest, &source->index);
  double sign = part->is_negative ? -1 : 1;

  if (!is_direct && g_str_equal (quantity, NET))
    {
      if (!ohm_virtual_find (part, IMPORT, rest, &source->index))
        return FALSE;
      source->has_minus = ohm_virtual_find (part, EXPORT, rest, &source->minus);
    }
  else if (!is_direct)
    {
      return FALSE;
    }
  if (!g_str_equal (points[source->index].unit, unit))
    return FALSE;
  if (ohm_virtual_is_negated (part, &points[source->index]))
    sign = -sign;
  ohm_virtual_set_factor (source, sign * part->place->factor);
  source->is_integer = points[source->index].is_integer;
  return !source->has_minus || points[source->minus].is_integer == points[source->index].is_integer;
}

/* What is built up. */
typedef struct
{
  const OhmVirtualPart *parts;
  guint n_parts;
  gboolean has_negative;
  GArray *points;  /* (element-type OhmPoint) */
  GArray *sources; /* (element-type OhmVirtualSource) */
  GStringChunk *names;
} OhmVirtualDraft;

static gboolean
ohm_virtual_has_point (const OhmVirtualDraft *draft, const char *name)
{
  for (guint i = 0; i < draft->points->len; i++)
    if (g_str_equal (g_array_index (draft->points, OhmPoint, i).name, name))
      return TRUE;
  return FALSE;
}

static void
ohm_virtual_add_point (OhmVirtualDraft *draft,
                       const char *quantity,
                       const char *rest,
                       const char *unit)
{
  g_autofree OhmVirtualSource *sources = g_new0 (OhmVirtualSource, draft->n_parts);
  g_autofree char *name = g_strconcat (quantity, rest, NULL);
  gboolean is_integer = TRUE;
  OhmPoint point;

  if (ohm_virtual_has_point (draft, name))
    return;
  for (guint i = 0; i < draft->n_parts; i++)
    {
      if (!ohm_virtual_fill_source (&sources[i], &draft->parts[i], quantity, rest, unit))
        return;
      is_integer = is_integer && sources[i].is_integer && sources[i].multiplier != 0;
    }
  if (!ohm_point_parse (g_string_chunk_insert_const (draft->names, name), unit, is_integer, &point,
                        /* error */ NULL))
    return;
  g_array_append_val (draft->points, point);
  g_array_append_vals (draft->sources, sources, draft->n_parts);
}

/* Points of the first part are what all others are looked through for. */
static void
ohm_virtual_offer (OhmVirtualDraft *draft, const OhmPoint *point)
{
  const OhmPlace *place = draft->parts[0].place;
  const char *quantity = point->quantity->id;
  const char *rest = ohm_virtual_get_rest (point);

  if (!g_str_equal (point->group, place->source) || !ohm_virtual_is_additive (point))
    return;
  if (place->is_inverted)
    quantity = ohm_virtual_swap (quantity);
  if (!draft->has_negative || point->quantity->kind != OHM_KIND_COUNTER)
    ohm_virtual_add_point (draft, quantity, rest, point->unit);
  else if (g_str_equal (quantity, IMPORT))
    ohm_virtual_add_point (draft, NET, rest, point->unit);
}

OhmVirtualLayout *
ohm_virtual_layout_new (const OhmVirtualPart *parts, guint n_parts)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (OhmPoint));
  g_autoptr (GArray) sources = g_array_new (FALSE, FALSE, sizeof (OhmVirtualSource));
  g_autoptr (GStringChunk) names = g_string_chunk_new (256);
  OhmVirtualDraft draft = { parts, n_parts, FALSE, points, sources, names };
  OhmVirtualLayout *self;
  const OhmPoint *first;
  guint n;

  g_return_val_if_fail (parts != NULL && n_parts > 0, NULL);

  for (guint i = 0; i < n_parts; i++)
    draft.has_negative = draft.has_negative || parts[i].is_negative;
  first = ohm_point_set_get_points (parts[0].points, &n);
  for (guint i = 0; i < n; i++)
    ohm_virtual_offer (&draft, &first[i]);
  self = g_rc_box_new0 (OhmVirtualLayout);
  self->n_parts = n_parts;
  self->points = ohm_point_set_intern ((const OhmPoint *) (gpointer) points->data, points->len);
  self->sources = g_memdup2 (sources->data, sources->len * sizeof (OhmVirtualSource));
  return self;
}

OhmVirtualLayout *
ohm_virtual_layout_ref (OhmVirtualLayout *self)
{
  return g_rc_box_acquire (self);
}

static void
ohm_virtual_layout_clear (gpointer data)
{
  OhmVirtualLayout *self = data;

  ohm_point_set_unref (self->points);
  g_free (self->sources);
}

void
ohm_virtual_layout_unref (OhmVirtualLayout *self)
{
  g_rc_box_release_full (self, ohm_virtual_layout_clear);
}

OhmPointSet *
ohm_virtual_layout_get_points (OhmVirtualLayout *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->points;
}

/* --- the values --- */

/* Adds @cell times the source's factor, exactly where all is whole. */
static gboolean
ohm_virtual_add_cell (const OhmVirtualSource *source,
                      const OhmPoint *point,
                      OhmCell cell,
                      gboolean is_minus,
                      OhmCell *sum)
{
  gint64 product;

  if (!point->is_integer)
    {
      double value = source->is_integer ? (double) cell.integer : cell.real;

      sum->real += (is_minus ? -value : value) * source->factor;
      return isfinite (sum->real) != 0;
    }
  return !__builtin_mul_overflow (cell.integer, is_minus ? -source->multiplier : source->multiplier,
                                  &product) &&
         !__builtin_add_overflow (sum->integer, product, &sum->integer);
}

static void
ohm_virtual_age (const OhmVirtualValues *part, guint index, gint64 *time_us)
{
  if (part->times_us != NULL)
    *time_us = MIN (*time_us, part->times_us[index]);
}

static OhmQuality
ohm_virtual_add_part (const OhmVirtualSource *source,
                      const OhmPoint *point,
                      const OhmVirtualValues *part,
                      OhmCell *sum,
                      gint64 *time_us)
{
  guint8 quality = part->qualities[source->index];

  ohm_virtual_age (part, source->index, time_us);
  if (!ohm_quality_has_value (quality) ||
      !ohm_virtual_add_cell (source, point, part->cells[source->index],
                             /* is_minus */ FALSE, sum))
    return OHM_QUALITY_MISSING;
  if (!source->has_minus)
    return quality;
  ohm_virtual_age (part, source->minus, time_us);
  if (!ohm_quality_has_value (part->qualities[source->minus]) ||
      !ohm_virtual_add_cell (source, point, part->cells[source->minus],
                             /* is_minus */ TRUE, sum))
    return OHM_QUALITY_MISSING;
  return MAX (quality, part->qualities[source->minus]);
}

guint
ohm_virtual_layout_get_source (OhmVirtualLayout *self, guint point, guint part)
{
  return self->sources[point * self->n_parts + part].index;
}

OhmQuality
ohm_virtual_layout_add_up (OhmVirtualLayout *self,
                           guint point,
                           const OhmVirtualValues *parts,
                           OhmCell *ret_cell,
                           gint64 *ret_time_us)
{
  const OhmPoint *points;
  OhmCell sum = { 0 };
  OhmQuality worst = OHM_QUALITY_GOOD;
  gint64 time_us = G_MAXINT64;

  g_return_val_if_fail (self != NULL && parts != NULL && ret_cell != NULL, OHM_QUALITY_MISSING);
  g_return_val_if_fail (point < ohm_point_set_get_n (self->points), OHM_QUALITY_MISSING);

  points = ohm_point_set_get_points (self->points, &(guint){ 0 });
  if (!points[point].is_integer)
    sum.real = 0;
  for (guint i = 0; i < self->n_parts; i++)
    {
      const OhmVirtualSource *source = &self->sources[point * self->n_parts + i];
      OhmQuality quality = ohm_virtual_add_part (source, &points[point], &parts[i], &sum, &time_us);

      if (quality == OHM_QUALITY_MISSING || worst == OHM_QUALITY_MISSING)
        worst = OHM_QUALITY_MISSING;
      else
        worst = MAX (worst, quality);
    }
  *ret_cell = sum;
  if (ret_time_us != NULL)
    *ret_time_us = time_us == G_MAXINT64 ? 0 : time_us;
  return worst;
}
