/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-umg801-modules.h"

#include <stdio.h>
#include <string.h>

/* The only state of the module table that is documented. */
#define STATE_ACTIVE 2

static const char *const suffixes[] = {
  [OHM_UMG801_EMPTY] = "",
  [OHM_UMG801_INACTIVE] = " (inactive)",
  [OHM_UMG801_ABSENT] = " (absent)",
  [OHM_UMG801_ACTIVE] = "",
};

static gboolean
ohm_umg801_types_parse_one (OhmUmg801Type *type, const char *text, GError **error)
{
  char rest;

  if (sscanf (text, "%u %15s %u %c", &type->number, type->name, &type->n_groups, &rest) == 3 &&
      type->n_groups <= OHM_UMG801_GROUPS_MAX)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE,
               "[family] module-types: expected NUMBER NAME GROUPS, found '%s'", text);
  return FALSE;
}

GArray *
ohm_umg801_types_parse (const char *text, GError **error)
{
  g_autoptr (GArray) types = g_array_new (FALSE, /* clear */ TRUE, sizeof (OhmUmg801Type));
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ";", /* max */ -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      OhmUmg801Type type = { 0 };

      if (!ohm_umg801_types_parse_one (&type, g_strstrip (parts[i]), error))
        return NULL;
      g_array_append_val (types, type);
    }
  return g_steal_pointer (&types);
}

static const OhmUmg801Type *
ohm_umg801_types_find (const GArray *types, guint number)
{
  for (guint i = 0; i < types->len; i++)
    if (g_array_index (types, OhmUmg801Type, i).number == number)
      return &g_array_index (types, OhmUmg801Type, i);
  return NULL;
}

static gboolean
ohm_umg801_types_parse_number (const GArray *types, const char *name, guint *ret_number)
{
  for (guint i = 0; i < types->len; i++)
    if (g_str_equal (g_array_index (types, OhmUmg801Type, i).name, name))
      {
        *ret_number = g_array_index (types, OhmUmg801Type, i).number;
        return TRUE;
      }
  return sscanf (name, "type %5u", ret_number) == 1;
}

static void
ohm_umg801_modules_parse_one (OhmUmg801Modules *self, char *text, const GArray *types)
{
  OhmUmg801State state = OHM_UMG801_ACTIVE;
  char *name = strchr (text, ' ');
  guint64 slot;

  for (guint i = OHM_UMG801_INACTIVE; i < OHM_UMG801_ACTIVE; i++)
    if (g_str_has_suffix (text, suffixes[i]))
      {
        state = i;
        text[strlen (text) - strlen (suffixes[i])] = '\0';
      }
  if (name == NULL)
    return;
  *name++ = '\0';
  if (g_ascii_string_to_unsigned (text, 10, 1, OHM_UMG801_SLOTS, &slot, /* error */ NULL) &&
      ohm_umg801_types_parse_number (types, name, &self->slots[slot - 1].type))
    self->slots[slot - 1].state = state;
}

void
ohm_umg801_modules_parse (OhmUmg801Modules *self, const char *text, const GArray *types)
{
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ", ", /* max */ -1);

  *self = (OhmUmg801Modules){ 0 };
  for (guint i = 0; parts[i] != NULL; i++)
    ohm_umg801_modules_parse_one (self, parts[i], types);
}

char *
ohm_umg801_modules_to_text (const OhmUmg801Modules *self, const GArray *types)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < OHM_UMG801_SLOTS; i++)
    {
      const OhmUmg801Type *type = ohm_umg801_types_find (types, self->slots[i].type);

      if (self->slots[i].state == OHM_UMG801_EMPTY)
        continue;
      g_string_append_printf (text, "%s%u ", text->len > 0 ? ", " : "", i + 1);
      if (type != NULL)
        g_string_append (text, type->name);
      else
        g_string_append_printf (text, "type %u", self->slots[i].type);
      g_string_append (text, suffixes[self->slots[i].state]);
    }
  if (text->len == 0)
    g_string_append (text, "none");
  return g_string_free (text, /* free_segment */ FALSE);
}

void
ohm_umg801_modules_take (OhmUmg801Modules *self, guint slot, guint state, guint type)
{
  OhmUmg801State former = self->slots[slot - 1].state;

  if (state == STATE_ACTIVE)
    self->slots[slot - 1].state = OHM_UMG801_ACTIVE;
  else if (former == OHM_UMG801_ACTIVE || former == OHM_UMG801_ABSENT)
    self->slots[slot - 1].state = OHM_UMG801_ABSENT;
  else
    self->slots[slot - 1].state = type != 0 ? OHM_UMG801_INACTIVE : OHM_UMG801_EMPTY;
  if (self->slots[slot - 1].state != OHM_UMG801_ABSENT)
    self->slots[slot - 1].type = type;
}

gboolean
ohm_umg801_modules_fits (const OhmUmg801Modules *self, guint slot, guint state, guint type)
{
  gboolean is_active = self->slots[slot - 1].state == OHM_UMG801_ACTIVE;

  return (state == STATE_ACTIVE) == is_active && (!is_active || self->slots[slot - 1].type == type);
}

guint
ohm_umg801_modules_get_last (const OhmUmg801Modules *self)
{
  guint last = OHM_UMG801_SLOTS;

  while (last > 0 && self->slots[last - 1].state == OHM_UMG801_EMPTY)
    last--;
  return last;
}

/* The device counts the groups of active modules only, and has registers for so many. */
static void
ohm_umg801_modules_add_groups (GArray *groups, const OhmUmg801Group *first, guint n)
{
  const guint end = OHM_UMG801_FIRST_GROUP + OHM_UMG801_GROUPS_MAX;

  for (guint i = 0; i < n && first->number + i < end; i++)
    {
      OhmUmg801Group group = {
        .slot = first->slot,
        .group = i + 1,
        .number = first->number > 0 ? first->number + i : 0,
      };

      g_array_append_val (groups, group);
    }
}

guint
ohm_umg801_modules_count_surplus (const OhmUmg801Modules *self, const GArray *types)
{
  guint n = 0;

  for (guint i = 0; i < OHM_UMG801_SLOTS; i++)
    {
      const OhmUmg801Type *type = ohm_umg801_types_find (types, self->slots[i].type);

      if (self->slots[i].state == OHM_UMG801_ACTIVE && type != NULL)
        n += type->n_groups;
    }
  return n > OHM_UMG801_GROUPS_MAX ? n - OHM_UMG801_GROUPS_MAX : 0;
}

GArray *
ohm_umg801_modules_get_groups (const OhmUmg801Modules *self, const GArray *types)
{
  GArray *groups = g_array_new (FALSE, FALSE, sizeof (OhmUmg801Group));
  guint next = OHM_UMG801_FIRST_GROUP;

  for (guint i = 0; i < OHM_UMG801_SLOTS; i++)
    {
      const OhmUmg801Type *type = ohm_umg801_types_find (types, self->slots[i].type);
      gboolean is_active = self->slots[i].state == OHM_UMG801_ACTIVE;
      OhmUmg801Group first = { .slot = i + 1, .number = is_active ? next : 0 };

      /* nobody knows how many groups it takes: those behind it cannot be found */
      if (is_active && type == NULL)
        next = 0;
      if (type == NULL || self->slots[i].state < OHM_UMG801_ABSENT)
        continue;
      ohm_umg801_modules_add_groups (groups, &first, type->n_groups);
      if (is_active && next > 0)
        next += type->n_groups;
    }
  return groups;
}
