/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Points of parts that the device does not have at present, a module that was taken out: they are
 * missing in every reading, and the meter's state names them.
 */

#include "config.h"

#include "ohm-meter-host-private.h"

OhmMessage *
ohm_absent_describe (OhmPlan *plan)
{
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (plan), &(guint){ 0 });
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) text = g_string_new (NULL);
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n);

  for (guint i = 0; i < n; i++)
    {
      const OhmPoint *point = &points[entries[i].point];
      const char *part = point->group[0] != '\0' ? point->group : point->name;

      if ((entries[i].flags & OHM_ENTRY_ABSENT) != 0 &&
          g_hash_table_add (seen, (gpointer) (guintptr) part))
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", part);
    }
  return text->len > 0 ? ohm_message_new ("parts-absent", "parts", text->str, NULL) : NULL;
}

void
ohm_absent_mark (OhmPlan *plan, guint classes, OhmReadingBuilder *builder)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n);

  for (guint i = 0; i < n; i++)
    if ((entries[i].flags & OHM_ENTRY_ABSENT) != 0 && (entries[i].classes & classes) != 0)
      ohm_reading_builder_set_quality (builder, entries[i].point, OHM_QUALITY_MISSING);
}
