/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-time.h"
#include "ohmctl-verbs.h"

static OhmctlStyle
ohmctl_slots_style (const char *what)
{
  if (strcmp (what, "open") == 0)
    return OHMCTL_STYLE_DIM;
  return g_str_has_suffix (what, "ed") && strchr (what, '-') != NULL &&
             strcmp (what, "meter-refused") != 0 && strcmp (what, "store-failed") != 0
           ? OHMCTL_STYLE_GOOD
           : OHMCTL_STYLE_BAD;
}

static void
ohmctl_slots_print (OhmctlContext *context, GVariant *stretches)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GTimeZone *zone = ohmctl_context_get_zone (context);
  GVariantIter iter;
  gint64 from_us, to_us;
  const char *what;
  guint n;

  ohmctl_table_add_column (table, "AFTER", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TO", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "SLOTS", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "WHAT", OHMCTL_ALIGN_LEFT);
  g_variant_iter_init (&iter, stretches);
  while (g_variant_iter_next (&iter, "(xx&su)", &from_us, &to_us, &what, &n))
    {
      ohmctl_table_add_take (table, ohmctl_format_minute (from_us, zone));
      ohmctl_table_add_take (table, ohmctl_format_minute (to_us, zone));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", n));
      ohmctl_table_add_styled (table, what, ohmctl_slots_style (what));
    }
  if (ohmctl_table_n_rows (table) == 0)
    ohmctl_print ("no slots in this time\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_slots_write (const char *place, GVariant *stretches)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  GVariantIter iter;
  gint64 from_us, to_us;
  const char *what;
  guint n;

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "place", place);
  ohmctl_json_begin_array (json, "stretches");
  g_variant_iter_init (&iter, stretches);
  while (g_variant_iter_next (&iter, "(xx&su)", &from_us, &to_us, &what, &n))
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_time (json, "from", from_us);
      ohmctl_json_time (json, "to", to_us);
      ohmctl_json_string (json, "what", what);
      ohmctl_json_unsigned (json, "slots", n);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static gboolean
ohmctl_slots_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) place = ohmctl_change_get_object (context, OHMCTL_KIND_PLACE, args,
                                                             error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) stretches = NULL;
  gint64 from_us, to_us;

  if (place == NULL || !ohmctl_time_get_range (context, args, &from_us, &to_us, error))
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (place), "Place.GetSlots",
                                  g_variant_new ("(xxa{sv})", from_us, to_us, NULL), "(a(xxsu))",
                                  error);
  if (reply == NULL)
    return FALSE;
  stretches = g_variant_get_child_value (reply, 0);
  if (context->is_json)
    ohmctl_slots_write (ohmctl_object_get_id (place), stretches);
  else
    ohmctl_slots_print (context, stretches);
  return TRUE;
}

static const OhmctlOption ohmctl_slots_list_options[] = {
  OHMCTL_TIME_OPTIONS,
  { NULL },
};

const OhmctlVerb ohmctl_slots_verbs[] = {
  {
    .object = "slots",
    .verb = "list",
    .words = "PLACE",
    .summary = "which quarter hours were recorded, and why others were not",
    .text = OHMCTL_TIME_HELP,
    .examples = "ohmctl slots list main --from=7d\n",
    .options = ohmctl_slots_list_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_PLACE },
    .run = ohmctl_slots_list,
  },
  { NULL },
};
