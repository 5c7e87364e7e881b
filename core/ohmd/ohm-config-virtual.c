/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config-virtual.h"

#include "ohm-config-place.h"
#include "ohm-virtual-sum.h"

#define TYPE_VIRTUAL "virtual"
#define METER_GROUP  "meter"
#define KEY_SUM      "sum"

gboolean
ohm_config_virtual_is_meant (OhmKeyfile *keyfile, const char *group)
{
  return g_strcmp0 (ohm_keyfile_get (keyfile, group, "type"), TYPE_VIRTUAL) == 0;
}

gboolean
ohm_meter_config_is_virtual (const OhmMeterConfig *self)
{
  return self->settings != NULL &&
         g_strcmp0 (ohm_settings_get_string (self->settings, "type"), TYPE_VIRTUAL) == 0;
}

static void
ohm_config_virtual_check_keys (OhmKeyfile *keyfile, const char *group, GPtrArray *faults)
{
  static const char *const others[] = { "transport", "link", "unit", "serial" };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      GError *error = NULL;

      if (ohm_keyfile_get (keyfile, group, others[i]) == NULL)
        continue;
      ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, others[i], &error,
                             "a virtual meter has parts (" KEY_SUM ") and no device");
      ohm_keyfile_take_fault (faults, error);
    }
}

static void
ohm_config_virtual_check_sum (OhmKeyfile *keyfile, const char *group, GPtrArray *faults)
{
  const char *sum = ohm_keyfile_get (keyfile, group, KEY_SUM);
  g_autoptr (GPtrArray) terms = NULL;
  g_autoptr (GError) problem = NULL;
  GError *error = NULL;

  if (sum != NULL)
    terms = ohm_virtual_sum_parse (sum, &problem);
  if (sum == NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, KEY_SUM, &error,
                           "is missing; expected the places it is made of");
  else if (terms == NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, KEY_SUM, &error, "%s",
                           problem->message);
  ohm_keyfile_take_fault (faults, error);
}

void
ohm_config_virtual_parse (OhmMeterConfig *meter,
                          OhmKeyfile *keyfile,
                          const char *group,
                          GPtrArray *faults)
{
  const OhmSettingSpec *tables[] = { ohm_config_meter_table, NULL };
  g_autoptr (OhmSettings) settings = NULL;
  guint n_before = faults->len;

  ohm_config_virtual_check_keys (keyfile, group, faults);
  ohm_config_virtual_check_sum (keyfile, group, faults);
  settings = ohm_settings_new_all (keyfile, group, tables, faults);
  if (faults->len == n_before)
    meter->settings = g_steal_pointer (&settings);
}

static void
ohm_config_virtual_set_unknown (OhmConfig *self,
                                OhmKeyfile *keyfile,
                                const char *place,
                                GError **error)
{
  g_autofree char *suggestion = ohm_config_place_dup_suggestion (self, place);

  ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, METER_GROUP, KEY_SUM, error,
                         "no place '%s'%s%s%s", place, suggestion != NULL ? "; did you mean '" : "",
                         suggestion != NULL ? suggestion : "", suggestion != NULL ? "'?" : "");
}

/* The meters on the way from a sum to where it is now. */
typedef struct
{
  OhmConfig *config;
  OhmKeyfile *keyfile;
  GPtrArray *way; /* (element-type OhmMeterConfig) */
} OhmConfigVirtualWalk;

static char *
ohm_config_virtual_dup_way (const OhmConfigVirtualWalk *walk, const OhmMeterConfig *end)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < walk->way->len; i++)
    g_string_append_printf (text, "%s > ",
                            ((OhmMeterConfig *) g_ptr_array_index (walk->way, i))->id);
  g_string_append (text, end->id);
  return g_string_free (text, FALSE);
}

/* Whether what @meter is made of does not lead back to the first meter. */
static gboolean
ohm_config_virtual_walk (OhmConfigVirtualWalk *walk, OhmMeterConfig *meter, GError **error)
{
  g_autoptr (GPtrArray) terms = NULL;
  gboolean is_sound = TRUE;

  if (!ohm_meter_config_is_virtual (meter) || g_ptr_array_find (walk->way, meter, NULL))
    return TRUE;
  g_ptr_array_add (walk->way, meter);
  terms = ohm_virtual_sum_parse (ohm_settings_get_string (meter->settings, KEY_SUM), NULL);
  for (guint i = 0; is_sound && terms != NULL && i < terms->len; i++)
    {
      const OhmVirtualTerm *term = g_ptr_array_index (terms, i);
      OhmMeterConfig *part = ohm_config_place_find_owner (walk->config, term->place);

      if (part != NULL && part == g_ptr_array_index (walk->way, 0))
        {
          g_autofree char *way = ohm_config_virtual_dup_way (walk, part);

          ohm_keyfile_set_error (walk->keyfile, OHM_ERROR_CONFIG, METER_GROUP, KEY_SUM, error,
                                 "the meter is a part of itself: %s", way);
          is_sound = FALSE;
        }
      else if (part != NULL)
        {
          is_sound = ohm_config_virtual_walk (walk, part, error);
        }
    }
  g_ptr_array_remove (walk->way, meter);
  return is_sound;
}

static gboolean
ohm_config_virtual_check_one (OhmConfig *self, OhmMeterConfig *meter, GError **error)
{
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_load (meter->file, error);
  g_autoptr (GPtrArray) terms = NULL;
  g_autoptr (GPtrArray) way = g_ptr_array_new ();
  OhmConfigVirtualWalk walk = { self, keyfile, way };

  if (keyfile == NULL)
    return FALSE;
  terms = ohm_virtual_sum_parse (ohm_settings_get_string (meter->settings, KEY_SUM), error);
  for (guint i = 0; terms != NULL && i < terms->len; i++)
    {
      const OhmVirtualTerm *term = g_ptr_array_index (terms, i);

      if (ohm_config_place_find_owner (self, term->place) != NULL)
        continue;
      ohm_config_virtual_set_unknown (self, keyfile, term->place, error);
      return FALSE;
    }
  return terms != NULL && ohm_config_virtual_walk (&walk, meter, error);
}

void
ohm_config_virtual_check (OhmConfig *self)
{
  g_return_if_fail (self != NULL);

  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);
      g_autoptr (GError) error = NULL;

      if (meter->reason != NULL || !ohm_meter_config_is_virtual (meter) ||
          ohm_config_virtual_check_one (self, meter, &error))
        continue;
      meter->reason = g_strdup (error->message);
      g_ptr_array_add (self->errors, g_strdup (error->message));
    }
}
