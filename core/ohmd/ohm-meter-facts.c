/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a device says of itself differently from before: new firmware, a module put in or taken out.
 */

#include "config.h"

#include "ohm-meter-host-private.h"

#include "ohm-log.h"

/* What the core keeps among the facts, and names that follow from others, are no news. */
static gboolean
ohm_meter_host_is_news (const char *name)
{
  return !g_str_has_prefix (name, "choice.") && !g_str_has_prefix (name, "name.") &&
         !g_str_equal (name, "function") && !g_str_equal (name, "unit-id");
}

static void
ohm_meter_host_tell_fact (OhmMeterHost *self, const char *name, OhmFacts *present)
{
  const char *was = ohm_facts_get (self->facts, name);
  const char *is = ohm_facts_get (present, name);

  if (!ohm_meter_host_is_news (name) || g_strcmp0 (was, is) == 0)
    return;
  if (is == NULL)
    ohm_log_message ("meter", self->id, "meter '%s': %s is not told any more, it was '%s'",
                     self->id, name, was);
  else if (was == NULL)
    ohm_log_message ("meter", self->id, "meter '%s': %s is '%s'", self->id, name, is);
  else
    ohm_log_message ("meter", self->id, "meter '%s': %s is '%s', it was '%s'", self->id, name, is,
                     was);
}

void
ohm_meter_host_tell_changes (OhmMeterHost *self, OhmFacts *present)
{
  g_autofree const char **before = ohm_facts_get_names (self->facts);
  g_autofree const char **after = ohm_facts_get_names (present);

  if (self->facts == NULL)
    return;
  for (guint i = 0; after[i] != NULL; i++)
    ohm_meter_host_tell_fact (self, after[i], present);
  for (guint i = 0; before[i] != NULL; i++)
    if (ohm_facts_get (present, before[i]) == NULL)
      ohm_meter_host_tell_fact (self, before[i], present);
}

typedef struct
{
  OhmFacts *facts;
  GStrvBuilder *names;
} OhmUnconfirmed;

static void
ohm_meter_host_on_register (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  OhmUnconfirmed *self = user_data;

  if (is_fact && row->is_unconfirmed && ohm_facts_get (self->facts, row->name) != NULL)
    g_strv_builder_add (self->names, row->name);
}

char **
ohm_meter_host_dup_unconfirmed (OhmMeterHost *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  OhmUnconfirmed unconfirmed = { .facts = self->facts, .names = names };

  if (self->profile != NULL && self->facts != NULL)
    ohm_profile_foreach_register (self->profile, ohm_meter_host_on_register, &unconfirmed);
  return g_strv_builder_end (names);
}
