/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-modules.h"

#include <stdio.h>
#include <string.h>

#include "ohm-error.h"

/* Table and groups: plugins/meters/umg801/README.md. */
#define FAMILY       "umg801"
#define TABLE        4178
#define STRIDE       80
#define STATE_AT     68
#define STATE_OFF    1
#define STATE_ACTIVE 2
#define FIRST_GROUP  4
#define GROUPS_MAX   20

static const struct
{
  const char *name;
  guint groups;
} types[] = {
  [0] = { "none", 0 },    [1] = { "CT8-A", 2 },  [2] = { "DI14", 0 },
  [3] = { "CT24-LP", 6 }, [4] = { "CT8-LP", 2 },
};

gboolean
ohm_sim_modules_are_in (OhmProfile *profile)
{
  return g_strcmp0 (ohm_profile_get_family (profile), FAMILY) == 0;
}

static gboolean
ohm_sim_modules_parse_one (OhmSimModules *self, guint slot, char *text, GError **error)
{
  self->is_active[slot] = !g_str_has_suffix (text, "/off");
  if (!self->is_active[slot])
    *strrchr (text, '/') = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_ascii_strcasecmp (types[i].name, text) == 0)
      {
        self->types[slot] = (guint8) i;
        self->is_active[slot] = self->is_active[slot] && i != 0;
        return TRUE;
      }
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "expected modules CT8-A, DI14, CT24-LP, CT8-LP or none, found '%s'", text);
  return FALSE;
}

gboolean
ohm_sim_modules_parse (const char *text, OhmSimModules *ret_modules, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text[0] != '\0' ? text : "?", "+", /* max */ -1);
  OhmSimModules modules = { 0 };

  if (g_strv_length (parts) > OHM_SIM_MODULE_SLOTS)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "there are %d slots", OHM_SIM_MODULE_SLOTS);
      return FALSE;
    }
  for (guint i = 0; parts[i] != NULL; i++)
    if (!ohm_sim_modules_parse_one (&modules, i, parts[i], error))
      return FALSE;
  *ret_modules = modules;
  return TRUE;
}

void
ohm_sim_modules_foreach_register (void (*func) (const OhmProfileRegister *row,
                                                gboolean is_fact,
                                                gpointer user_data),
                                  gpointer user_data)
{
  static const struct
  {
    const char *name;
    guint offset;
    OhmEncoding encoding;
  } columns[] = {
    { "module-name", 0, { .format = OHM_FORMAT_TEXT, .text_registers = 32 } },
    { "module-state", STATE_AT, { .format = OHM_FORMAT_U16 } },
    { "module-type", STATE_AT + 1, { .format = OHM_FORMAT_U16 } },
  };

  for (guint slot = 0; slot < OHM_SIM_MODULE_SLOTS; slot++)
    for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
      {
        g_autofree char *name = g_strdup_printf ("%s.%u", columns[i].name, slot + 1);
        OhmProfileRegister row = {
          .name = name,
          .address = (guint16) (TABLE + STRIDE * slot + columns[i].offset),
          .encoding = columns[i].encoding,
        };

        func (&row, /* is_fact */ TRUE, user_data);
      }
}

char *
ohm_sim_modules_dup_fact (const OhmSimModules *self, const char *name)
{
  guint slot;
  char column;
  guint state;

  if (sscanf (name, "module-%c%*[a-z].%u", &column, &slot) != 2 || slot < 1 ||
      slot > OHM_SIM_MODULE_SLOTS)
    return NULL;
  state = self->is_active[slot - 1] ? STATE_ACTIVE : STATE_OFF;
  if (self->types[slot - 1] == 0)
    return g_strdup (column == 'n' ? "" : "0");
  if (column == 'n')
    return g_strdup_printf ("Module %02u", slot);
  return g_strdup_printf ("%u", column == 's' ? state : self->types[slot - 1]);
}

char *
ohm_sim_modules_name_group (const OhmSimModules *self, const char *group)
{
  guint number = 0;
  guint next = FIRST_GROUP;

  if (sscanf (group, "g%u", &number) != 1 || number < FIRST_GROUP)
    return g_strdup (group);
  if (number >= FIRST_GROUP + GROUPS_MAX)
    return NULL;
  for (guint slot = 0; slot < OHM_SIM_MODULE_SLOTS; slot++)
    {
      guint groups = self->is_active[slot] ? types[self->types[slot]].groups : 0;

      if (number < next + groups)
        return g_strdup_printf ("m%ug%u", slot + 1, number - next + 1);
      next += groups;
    }
  return NULL;
}
