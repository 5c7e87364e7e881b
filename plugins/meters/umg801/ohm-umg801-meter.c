/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The base device is all profile. What code adds: the module table is read slot by slot, and the
 * groups of the modules get the names of their slots, whatever registers they have at present.
 */

#include <ohm.h>

#include <stdio.h>
#include <string.h>

#include "ohm-umg801-modules.h"

#define OHM_TYPE_UMG801_METER (ohm_umg801_meter_get_type ())
G_DECLARE_FINAL_TYPE (OhmUmg801Meter, ohm_umg801_meter, OHM, UMG801_METER, OhmMeter)
OHM_DEFINE_METER (OhmUmg801Meter, ohm_umg801_meter)

/* The module table, from the vendor's Home Assistant integration: a name, then state and type. */
#define TABLE_ADDRESS    4178
#define SLOT_REGISTERS   80
#define NAME_REGISTERS   32
#define STATE_OFFSET     68
#define STATE_REGISTERS  2
#define PIECES           (2 * OHM_UMG801_SLOTS)
#define PROTOTYPE        "g2"
#define BASE_GROUPS      2
#define CURSOR           "@modules"
#define TABLE            "module-table"
#define ILLEGAL_ADDRESS  2
#define ILLEGAL_VALUE    3
#define MODULE_TYPES_KEY "module-types"

/* Where the survey stands in the module table, which is read in pieces: the name of a slot is one,
 * its state and type the next. */
typedef struct
{
  guint piece;
  guint is_split; /* a request over several pieces was refused: one at a time from there on */
} OhmUmg801Cursor;

static guint
ohm_umg801_piece_get_address (guint piece)
{
  return TABLE_ADDRESS + SLOT_REGISTERS * (piece / 2) + (piece % 2 != 0 ? STATE_OFFSET : 0);
}

static guint
ohm_umg801_piece_get_registers (guint piece)
{
  return piece % 2 != 0 ? STATE_REGISTERS : NAME_REGISTERS;
}

/* Registers from one piece to the end of another. */
static guint
ohm_umg801_cursor_span (guint first, guint last)
{
  return ohm_umg801_piece_get_address (last) + ohm_umg801_piece_get_registers (last) -
         ohm_umg801_piece_get_address (first);
}

/* How many pieces the cursor's request takes: as many as a message holds. */
static guint
ohm_umg801_cursor_count (const OhmUmg801Cursor *cursor, guint registers_max)
{
  guint n = 1;

  while (cursor->is_split == 0 && cursor->piece + n < PIECES &&
         ohm_umg801_cursor_span (cursor->piece, cursor->piece + n) <= registers_max)
    n++;
  return n;
}

static gboolean
ohm_umg801_cursor_load (OhmUmg801Cursor *cursor, OhmFactsBuilder *facts)
{
  const char *text = ohm_facts_builder_get (facts, CURSOR);

  return text != NULL && sscanf (text, "%2u %1u", &cursor->piece, &cursor->is_split) == 2;
}

static void
ohm_umg801_cursor_store (const OhmUmg801Cursor *cursor, OhmFactsBuilder *facts)
{
  g_autofree char *text = g_strdup_printf ("%u %u", cursor->piece, cursor->is_split);

  ohm_facts_builder_set (facts, CURSOR, text);
}

static GArray *
ohm_umg801_meter_get_types (OhmMeter *self, GError **error)
{
  OhmProfile *profile = ohm_meter_get_profile (self);

  return ohm_umg801_types_parse (ohm_profile_get_extra (profile, MODULE_TYPES_KEY), error);
}

static void
ohm_umg801_meter_take_name (OhmFactsBuilder *facts, guint slot, const guint8 *registers)
{
  const OhmEncoding encoding = { .format = OHM_FORMAT_TEXT, .text_registers = NAME_REGISTERS };
  g_autofree char *fact = g_strdup_printf ("module-name.%u", slot);
  g_autofree char *name = ohm_encoding_decode_text (&encoding, registers);

  /* the name of a module that is absent helps to find it */
  if (name[0] != '\0')
    ohm_facts_builder_set (facts, fact, name);
}

static void
ohm_umg801_meter_take_state (OhmFactsBuilder *facts,
                             guint slot,
                             const guint8 *registers,
                             const GArray *types)
{
  OhmUmg801Modules modules;
  g_autofree char *text = NULL;

  ohm_umg801_modules_parse (&modules, ohm_facts_builder_get (facts, "modules"), types);
  ohm_umg801_modules_take (&modules, slot, (guint) registers[0] << 8 | registers[1],
                           (guint) registers[2] << 8 | registers[3]);
  text = ohm_umg801_modules_to_text (&modules, types);
  ohm_facts_builder_set (facts, "modules", text);
}

/* What an answer holds of the cursor's pieces; it may be shorter than it should. */
static void
ohm_umg801_meter_take_pieces (const OhmUmg801Cursor *cursor,
                              guint n,
                              const OhmReply *reply,
                              OhmFactsBuilder *facts,
                              const GArray *types)
{
  for (guint piece = cursor->piece; piece < cursor->piece + n; piece++)
    {
      guint offset = ohm_umg801_piece_get_address (piece) -
                     ohm_umg801_piece_get_address (cursor->piece);
      const guint8 *registers = reply->data + 2 * (gsize) offset;

      if (reply->length < 2 * (gsize) ohm_umg801_cursor_span (cursor->piece, piece))
        return;
      if (piece % 2 == 0)
        ohm_umg801_meter_take_name (facts, piece / 2 + 1, registers);
      else
        ohm_umg801_meter_take_state (facts, piece / 2 + 1, registers, types);
    }
}

/* A busy device says nothing new: what was known of its slots still holds. */
static void
ohm_umg801_meter_take_reply (OhmUmg801Cursor *cursor,
                             guint n,
                             const OhmReply *reply,
                             OhmFactsBuilder *facts,
                             const GArray *types)
{
  gboolean is_refused = reply != NULL &&
                        (reply->exception == ILLEGAL_ADDRESS || reply->exception == ILLEGAL_VALUE);

  if (is_refused && n > 1)
    {
      cursor->is_split = 1;
      return;
    }
  if (reply != NULL && reply->exception == 0 && reply->data != NULL)
    ohm_umg801_meter_take_pieces (cursor, n, reply, facts, types);
  /* a slot without a state: the table ends here */
  if (is_refused && cursor->piece % 2 != 0)
    cursor->piece = PIECES;
  else
    cursor->piece += n;
}

/* A group goes by the name of its module: `name.m3g2` names its place. */
static void
ohm_umg801_meter_name_group (OhmFactsBuilder *facts, const OhmUmg801Group *group)
{
  g_autofree char *source = g_strdup_printf ("module-name.%u", group->slot);
  g_autofree char *fact = g_strdup_printf ("name.m%ug%u", group->slot, group->group);
  const char *name = ohm_facts_builder_get (facts, source);
  g_autofree char *label = NULL;

  if (name != NULL)
    label = g_strdup_printf ("%s %u", name, group->group);
  ohm_facts_builder_set (facts, fact, label);
}

static void
ohm_umg801_meter_name_groups (OhmFactsBuilder *facts, const GArray *groups)
{
  for (guint slot = 1; slot <= OHM_UMG801_SLOTS; slot++)
    for (guint group = 1; group <= OHM_UMG801_GROUPS_MAX; group++)
      {
        g_autofree char *fact = g_strdup_printf ("name.m%ug%u", slot, group);

        ohm_facts_builder_set (facts, fact, NULL);
      }
  for (guint i = 0; i < groups->len; i++)
    ohm_umg801_meter_name_group (facts, &g_array_index (groups, OhmUmg801Group, i));
}

/* Names of slots in which there is nothing. */
static void
ohm_umg801_meter_forget_names (OhmFactsBuilder *facts, const OhmUmg801Modules *modules)
{
  for (guint i = 0; i < OHM_UMG801_SLOTS; i++)
    {
      g_autofree char *fact = g_strdup_printf ("module-name.%u", i + 1);

      if (modules->slots[i].state == OHM_UMG801_EMPTY)
        ohm_facts_builder_set (facts, fact, NULL);
    }
}

static void
ohm_umg801_meter_end_survey (const OhmUmg801Cursor *cursor,
                             OhmFactsBuilder *facts,
                             const GArray *types)
{
  OhmUmg801Modules modules;
  g_autoptr (GArray) groups = NULL;
  g_autofree char *number = NULL;
  g_autofree char *surplus = NULL;
  guint last = OHM_UMG801_FIRST_GROUP - 1;

  ohm_umg801_modules_parse (&modules, ohm_facts_builder_get (facts, "modules"), types);
  groups = ohm_umg801_modules_get_groups (&modules, types);
  for (guint i = 0; i < groups->len; i++)
    last = MAX (last, g_array_index (groups, OhmUmg801Group, i).number);
  number = g_strdup_printf ("%u", last - OHM_UMG801_FIRST_GROUP + 1 + BASE_GROUPS);
  surplus = g_strdup_printf ("%u", ohm_umg801_modules_count_surplus (&modules, types));
  ohm_facts_builder_set (facts, "groups", number);
  ohm_facts_builder_set (facts, "groups-left-out", g_str_equal (surplus, "0") ? NULL : surplus);
  ohm_facts_builder_set (facts, "model", "UMG 801");
  ohm_facts_builder_set (facts, TABLE, cursor->is_split != 0 ? "in pieces" : NULL);
  ohm_facts_builder_set (facts, CURSOR, NULL);
  ohm_umg801_meter_forget_names (facts, &modules);
  ohm_umg801_meter_name_groups (facts, groups);
}

/* Modules belong to the device: another serial, other modules. */
static void
ohm_umg801_meter_begin_table (OhmMeter *self, OhmFactsBuilder *facts)
{
  const char *former = ohm_facts_get (ohm_meter_get_facts (self), "serial");

  const OhmUmg801Modules none = { 0 };

  if (g_strcmp0 (former, ohm_facts_builder_get (facts, "serial")) == 0)
    return;
  ohm_facts_builder_set (facts, "modules", NULL);
  ohm_umg801_meter_forget_names (facts, &none);
}

static void
ohm_umg801_meter_ask (OhmUmg801Cursor *cursor,
                      guint n,
                      OhmFactsBuilder *facts,
                      OhmRequest *ret_next)
{
  const char *function = ohm_facts_builder_get (facts, "function");

  ret_next->function = g_strcmp0 (function, "4") == 0 ? 4 : 3;
  ret_next->address = (guint16) ohm_umg801_piece_get_address (cursor->piece);
  ret_next->count = (guint16) ohm_umg801_cursor_span (cursor->piece, cursor->piece + n - 1);
  ohm_umg801_cursor_store (cursor, facts);
}

/* The facts of the profile first, then the module table. */
static gboolean
ohm_umg801_meter_survey (OhmMeter *self,
                         guint step,
                         const OhmReply *last,
                         OhmFactsBuilder *facts,
                         OhmRequest *ret_next,
                         gboolean *ret_done,
                         GError **error)
{
  OhmMeterClass *parent = OHM_METER_CLASS (ohm_umg801_meter_parent_class);
  guint registers_max = ohm_profile_get_limits (ohm_meter_get_profile (self))->registers_max;
  g_autoptr (GArray) types = ohm_umg801_meter_get_types (self, error);
  OhmUmg801Cursor cursor = { 0 };

  if (types == NULL)
    return FALSE;
  if (ohm_umg801_cursor_load (&cursor, facts))
    ohm_umg801_meter_take_reply (&cursor, ohm_umg801_cursor_count (&cursor, registers_max), last,
                                 facts, types);
  else if (!parent->survey (self, step, last, facts, ret_next, ret_done, error))
    return FALSE;
  else if (!*ret_done)
    return TRUE;
  else
    ohm_umg801_meter_begin_table (self, facts);
  *ret_done = cursor.piece >= PIECES;
  if (*ret_done)
    ohm_umg801_meter_end_survey (&cursor, facts, types);
  else
    ohm_umg801_meter_ask (&cursor, ohm_umg801_cursor_count (&cursor, registers_max), facts,
                          ret_next);
  return TRUE;
}

/* The numbers of the groups are right as long as the modules are the same: their states are read
 * along, two slots in one request if the device lets itself be read across the table. One slot more
 * than there are modules: the next one goes there. */
static void
ohm_umg801_meter_plan_guards (OhmMeter *self, const OhmUmg801Modules *modules, OhmPlan *plan)
{
  guint registers_max = ohm_profile_get_limits (ohm_meter_get_profile (self))->registers_max;
  gboolean is_split = ohm_facts_get (ohm_meter_get_facts (self), TABLE) != NULL ||
                      ohm_umg801_cursor_span (1, 3) > registers_max;
  guint end = MIN (ohm_umg801_modules_get_last (modules) + 1, OHM_UMG801_SLOTS);
  guint step = is_split ? 1 : 2;

  for (guint slot = 0; slot < end; slot += step)
    {
      guint first = 2 * slot + 1;
      guint last = 2 * (MIN (slot + step, end) - 1) + 1;
      OhmGuard guard = {
        .address = (guint16) ohm_umg801_piece_get_address (first),
        .count = (guint16) ohm_umg801_cursor_span (first, last),
      };

      ohm_plan_add_guard (plan, &guard);
    }
}

/* What an answer says of the slots, however many it covers. */
static gboolean
ohm_umg801_meter_check (OhmMeter *self, const OhmReply *reply)
{
  g_autoptr (GArray) types = ohm_umg801_meter_get_types (self, /* error */ NULL);
  OhmUmg801Modules modules;

  if (types == NULL)
    return TRUE;
  ohm_umg801_modules_parse (&modules, ohm_facts_get (ohm_meter_get_facts (self), "modules"), types);
  for (guint slot = 0; slot < OHM_UMG801_SLOTS; slot++)
    {
      guint address = ohm_umg801_piece_get_address (2 * slot + 1);
      gsize offset = address - (gsize) reply->address;

      if (address < reply->address || reply->length < 2 * (offset + STATE_REGISTERS))
        continue;
      if (!ohm_umg801_modules_fits (&modules, slot + 1, ohm_reply_get_register (reply, offset),
                                    ohm_reply_get_register (reply, offset + 1)))
        return FALSE;
    }
  return TRUE;
}

/* Takes the points of one group over from the profile's plan, under another group's name. */
static gboolean
ohm_umg801_meter_copy_group (OhmPlan *from,
                             const char *source,
                             OhmPlan *plan,
                             const char *target,
                             guint8 flags,
                             GError **error)
{
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (from), &(guint){ 0 });
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (from, &n);

  for (guint i = 0; i < n; i++)
    {
      const OhmPoint *point = &points[entries[i].point];
      g_autofree char *name = NULL;
      OhmEntry entry = entries[i];

      if (!g_str_equal (point->group, source))
        continue;
      name = g_strconcat (target, point->name + strlen (source), NULL);
      entry.flags |= flags;
      if (!ohm_plan_add (plan, name, point->unit, &entry, error))
        return FALSE;
    }
  return TRUE;
}

/* A group without registers has the points of its likes, all of them missing. */
static gboolean
ohm_umg801_meter_plan_group (OhmPlan *from,
                             const OhmUmg801Group *group,
                             OhmPlan *plan,
                             GError **error)
{
  g_autofree char *target = g_strdup_printf ("m%ug%u", group->slot, group->group);
  g_autofree char *source = g_strdup_printf ("g%u", group->number);

  if (group->number == 0)
    return ohm_umg801_meter_copy_group (from, PROTOTYPE, plan, target, OHM_ENTRY_ABSENT, error);
  return ohm_umg801_meter_copy_group (from, source, plan, target, /* flags */ 0, error);
}

static gboolean
ohm_umg801_meter_plan (OhmMeter *self, OhmPlan *plan, GError **error)
{
  static const char *const base[] = { "", "g2", "g3" };
  g_autoptr (OhmPlan) whole = ohm_plan_new ();
  g_autoptr (GArray) types = ohm_umg801_meter_get_types (self, error);
  g_autoptr (GArray) groups = NULL;
  OhmUmg801Modules modules;

  if (types == NULL || !OHM_METER_CLASS (ohm_umg801_meter_parent_class)->plan (self, whole, error))
    return FALSE;
  ohm_plan_seal (whole);
  for (guint i = 0; i < G_N_ELEMENTS (base); i++)
    if (!ohm_umg801_meter_copy_group (whole, base[i], plan, base[i], /* flags */ 0, error))
      return FALSE;
  ohm_umg801_modules_parse (&modules, ohm_facts_get (ohm_meter_get_facts (self), "modules"), types);
  if (ohm_facts_get (ohm_meter_get_facts (self), "modules") != NULL)
    ohm_umg801_meter_plan_guards (self, &modules, plan);
  groups = ohm_umg801_modules_get_groups (&modules, types);
  for (guint i = 0; i < groups->len; i++)
    if (!ohm_umg801_meter_plan_group (whole, &g_array_index (groups, OhmUmg801Group, i), plan,
                                      error))
      return FALSE;
  return TRUE;
}

static void
ohm_umg801_meter_class_init (OhmUmg801MeterClass *klass)
{
  static const char *const keys[] = { MODULE_TYPES_KEY, NULL };

  OHM_METER_CLASS (klass)->survey = ohm_umg801_meter_survey;
  OHM_METER_CLASS (klass)->plan = ohm_umg801_meter_plan;
  OHM_METER_CLASS (klass)->check = ohm_umg801_meter_check;
  ohm_meter_class_set_extra_keys (OHM_METER_CLASS (klass), keys);
}

OHM_PLUGIN ("umg801", "Janitza UMG 801 with its modules", ohm_umg801_meter_get_type);
