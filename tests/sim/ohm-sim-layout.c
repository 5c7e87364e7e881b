/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-layout.h"

#include <math.h>
#include <string.h>

#include "ohm-sim-modules.h"

/* Registers between two named ones can be read along if one request can reach over them. */
#define GAP_MAX (OHM_READ_REGISTERS_MAX - 1)

static void
ohm_sim_row_clear (gpointer data)
{
  OhmSimRow *row = data;

  g_free (row->name);
  g_free (row->mask);
  g_free (row->pattern);
  g_free (row->identity);
}

static guint
ohm_sim_layout_add_group (OhmSimLayout *self, const char *group)
{
  for (guint i = 0; i < self->groups->len; i++)
    if (g_str_equal (g_ptr_array_index (self->groups, i), group))
      return i;
  g_ptr_array_add (self->groups, g_strdup (group));
  return self->groups->len - 1;
}

/* A field's bits in its registers: those that its highest value sets. */
static guint8 *
ohm_sim_row_make_mask (const OhmEncoding *encoding, guint registers)
{
  guint8 *mask = g_malloc0 (2 * (gsize) registers);
  OhmCell all = { .integer = G_MAXINT64 };

  if (!ohm_encoding_is_integer (encoding))
    all.real = (double) G_MAXINT64;
  ohm_encoding_encode (encoding, all, mask);
  return mask;
}

static OhmSimRow *
ohm_sim_layout_add_row (OhmSimLayout *self, const OhmProfileRegister *source)
{
  OhmSimRow row = {
    .name = g_strdup (source->name),
    .encoding = source->encoding,
    .address = source->address,
    .function = source->function,
    .registers = (guint8) ohm_encoding_get_registers (&source->encoding),
    .is_text = source->encoding.format == OHM_FORMAT_TEXT,
    .is_clock = source->encoding.format == OHM_FORMAT_EPOCH32,
    .is_integer = ohm_encoding_is_integer (&source->encoding),
    .offsets = { -1, -1 },
    .identity_min = 1.0,
    .identity_max = 0.0,
  };

  if (source->encoding.is_bit_field)
    row.mask = ohm_sim_row_make_mask (&source->encoding, row.registers);
  g_array_append_val (self->rows, row);
  return &g_array_index (self->rows, OhmSimRow, self->rows->len - 1);
}

static void
ohm_sim_layout_on_register (const OhmProfileRegister *source, gboolean is_fact, gpointer user_data)
{
  OhmSimLayout *self = user_data;
  OhmSimRow *row = ohm_sim_layout_add_row (self, source);
  OhmPoint point;

  /* a unit that facts tell does not matter to the registers */
  row->is_fact = is_fact || !ohm_point_parse (source->name, "1", row->is_integer, &point, NULL);
  if (row->is_fact)
    return;
  ohm_sim_term_init (&row->term, &point);
  row->group = ohm_sim_layout_add_group (self, point.group);
}

static void
ohm_sim_layout_add_clocks (OhmSimLayout *self)
{
  guint n_clocks = 0;
  const OhmDeviceClock *clocks = ohm_profile_get_clocks (self->profile, &n_clocks);

  for (guint i = 0; i < n_clocks; i++)
    {
      OhmProfileRegister source = { .name = "clock",
                                    .function = clocks[i].function,
                                    .address = clocks[i].address,
                                    .encoding = clocks[i].encoding };
      OhmSimRow *row = ohm_sim_layout_add_row (self, &source);

      row->registers = (guint8) ohm_device_clock_get_registers (&clocks[i]);
      row->is_fact = TRUE;
      row->is_clock = TRUE;
      row->clock = &clocks[i];
    }
}

static void
ohm_sim_layout_on_module_register (const OhmProfileRegister *source,
                                   gboolean is_fact,
                                   gpointer user_data)
{
  OhmSimRow *row = ohm_sim_layout_add_row (user_data, source);

  row->is_fact = TRUE;
  row->is_of_modules = TRUE;
}

static OhmSimRow *
ohm_sim_layout_row_at (OhmSimLayout *self, const OhmIdentifyRule *rule)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      OhmSimRow *row = &g_array_index (self->rows, OhmSimRow, i);

      if (row->address == rule->address &&
          (rule->function == 0 || row->function == 0 || row->function == rule->function))
        return row;
    }
  return NULL;
}

/* A pattern's own text matches it: "UMG*" by "UMG", "?.?" by "0.0". */
static char *
ohm_sim_layout_match_pattern (const char *pattern)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (const char *at = pattern; *at != '\0'; at++)
    if (*at != '*')
      g_string_append_c (text, *at == '?' ? '0' : *at);
  return g_strdup (text->str);
}

/* What the type is known by must be there, or nobody recognises the simulated meter. */
static void
ohm_sim_layout_add_identity (OhmSimLayout *self, const OhmIdentifyRule *rule)
{
  OhmSimRow *row = ohm_sim_layout_row_at (self, rule);

  if (row == NULL)
    {
      OhmProfileRegister source = { .name = "identity",
                                    .function = rule->function,
                                    .address = rule->address,
                                    .encoding = rule->encoding };

      row = ohm_sim_layout_add_row (self, &source);
      row->is_fact = TRUE;
    }
  if (rule->pattern != NULL)
    {
      g_free (row->pattern);
      g_free (row->identity);
      row->pattern = g_strdup (rule->pattern);
      row->identity = ohm_sim_layout_match_pattern (rule->pattern);
    }
  else
    {
      row->identity_min = rule->min;
      row->identity_max = rule->max;
    }
}

static void
ohm_sim_layout_add_identities (OhmSimLayout *self)
{
  guint n_rules = 0;
  const OhmIdentifyRule *rules = ohm_profile_get_identify_rules (self->profile, &n_rules);

  for (guint i = 0; i < n_rules; i++)
    ohm_sim_layout_add_identity (self, &rules[i]);
}

/* A sum stands before its terms, and is written before them: its registers are theirs. */
static int
ohm_sim_row_compare (gconstpointer a, gconstpointer b)
{
  const OhmSimRow *row_a = a;
  const OhmSimRow *row_b = b;

  if (row_a->address != row_b->address)
    return (int) row_a->address - (int) row_b->address;
  return (int) row_b->encoding.terms - (int) row_a->encoding.terms;
}

static gboolean
ohm_sim_layout_tries_function (const OhmLimits *limits, guint8 function)
{
  for (guint i = 0; i < G_N_ELEMENTS (limits->functions) && limits->functions[i] != 0; i++)
    if (limits->functions[i] == function)
      return TRUE;
  return FALSE;
}

/* A row that names no function is read by those that the type is read by. */
static gboolean
ohm_sim_layout_answers (const OhmSimLayout *self, const OhmSimRow *row, guint space)
{
  guint8 function = (guint8) (3 + space);

  if (row->function != 0)
    return row->function == function;
  return ohm_sim_layout_tries_function (ohm_profile_get_limits (self->profile), function);
}

/* Rows are sorted: a row lies in the last block, or begins a new one. */
static OhmSimBlock *
ohm_sim_layout_extend_block (OhmSimLayout *self, guint space, const OhmSimRow *row)
{
  GArray *blocks = self->blocks[space];
  guint last = row->address + row->registers - 1u;
  OhmSimBlock fresh = { row->address, last, self->image_length };
  OhmSimBlock *block;

  if (blocks->len > 0)
    {
      block = &g_array_index (blocks, OhmSimBlock, blocks->len - 1);
      if (row->address <= block->last + 1 + GAP_MAX)
        {
          if (last > block->last)
            self->image_length += 2 * (gsize) (last - block->last);
          block->last = MAX (block->last, last);
          return block;
        }
    }
  self->image_length += 2 * (gsize) row->registers;
  g_array_append_val (blocks, fresh);
  return &g_array_index (blocks, OhmSimBlock, blocks->len - 1);
}

static void
ohm_sim_layout_fill_space (OhmSimLayout *self, guint space)
{
  self->blocks[space] = g_array_new (FALSE, FALSE, sizeof (OhmSimBlock));
  for (guint i = 0; i < self->rows->len; i++)
    {
      OhmSimRow *row = &g_array_index (self->rows, OhmSimRow, i);
      OhmSimBlock *block;

      if (!ohm_sim_layout_answers (self, row, space))
        continue;
      block = ohm_sim_layout_extend_block (self, space, row);
      row->offsets[space] = (gssize) (block->offset + 2 * (gsize) (row->address - block->first));
    }
}

static void
ohm_sim_layout_name_registers (OhmSimLayout *self)
{
  self->is_named = g_malloc0 (self->image_length / 2 + 1);
  for (guint i = 0; i < self->rows->len; i++)
    {
      const OhmSimRow *row = &g_array_index (self->rows, OhmSimRow, i);

      for (guint space = 0; space < 2; space++)
        if (row->offsets[space] >= 0)
          memset (self->is_named + row->offsets[space] / 2, 1, row->registers);
    }
}

/* Whether the two functions read different registers. */
static gboolean
ohm_sim_layout_is_split (const OhmSimLayout *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      const OhmSimRow *row = &g_array_index (self->rows, OhmSimRow, i);

      if (ohm_sim_layout_answers (self, row, 0) != ohm_sim_layout_answers (self, row, 1))
        return TRUE;
    }
  return FALSE;
}

OhmSimLayout *
ohm_sim_layout_new (OhmProfile *profile)
{
  OhmSimLayout *self = g_new0 (OhmSimLayout, 1);

  self->profile = ohm_profile_ref (profile);
  self->rows = g_array_new (FALSE, FALSE, sizeof (OhmSimRow));
  g_array_set_clear_func (self->rows, ohm_sim_row_clear);
  self->groups = g_ptr_array_new_with_free_func (g_free);
  ohm_profile_foreach_register (profile, ohm_sim_layout_on_register, self);
  ohm_sim_layout_add_clocks (self);
  self->has_modules = ohm_sim_modules_are_in (profile);
  if (self->has_modules)
    ohm_sim_modules_foreach_register (ohm_sim_layout_on_module_register, self);
  ohm_sim_layout_add_identities (self);
  g_array_sort (self->rows, ohm_sim_row_compare);
  ohm_sim_layout_fill_space (self, 0);
  if (ohm_sim_layout_is_split (self))
    ohm_sim_layout_fill_space (self, 1);
  else /* both functions read the same registers */
    self->blocks[1] = g_array_ref (self->blocks[0]);
  ohm_sim_layout_name_registers (self);
  return self;
}

void
ohm_sim_layout_free (OhmSimLayout *self)
{
  ohm_profile_unref (self->profile);
  g_array_unref (self->rows);
  g_ptr_array_unref (self->groups);
  g_array_unref (self->blocks[0]);
  g_array_unref (self->blocks[1]);
  g_free (self->is_named);
  g_free (self);
}

static gboolean
ohm_sim_layout_touches_hole (const OhmLimits *limits, const OhmRequest *request)
{
  guint last = request->address + request->count - 1u;

  for (guint i = 0; i < limits->n_holes; i++)
    {
      const OhmRange *hole = &limits->holes[i];

      if ((hole->function == 0 || hole->function == request->function) &&
          request->address <= hole->last && last >= hole->first)
        return TRUE;
    }
  return FALSE;
}

static const OhmSimBlock *
ohm_sim_layout_find_block (const GArray *blocks, const OhmRequest *request)
{
  guint last = request->address + request->count - 1u;

  for (guint i = 0; i < blocks->len; i++)
    {
      const OhmSimBlock *block = &g_array_index (blocks, OhmSimBlock, i);

      if (request->address >= block->first && last <= block->last)
        return block;
    }
  return NULL;
}

/* Exceptions 1 to 3: illegal function, address, value (Modbus Application Protocol V1.1b3, 7). */
guint8
ohm_sim_layout_locate (const OhmSimLayout *self,
                       const OhmRequest *request,
                       gboolean only_named,
                       gsize *ret_offset)
{
  const OhmLimits *limits = ohm_profile_get_limits (self->profile);
  const GArray *blocks = self->blocks[request->function == 4 ? 1 : 0];
  const OhmSimBlock *block;
  gsize offset;

  if ((request->function != 3 && request->function != 4) || blocks->len == 0)
    return 1;
  if (request->count == 0 || request->count > limits->registers_max)
    return 3;
  block = ohm_sim_layout_find_block (blocks, request);
  if (block == NULL || ohm_sim_layout_touches_hole (limits, request))
    return 2;
  offset = block->offset + 2 * (gsize) (request->address - block->first);
  for (guint i = 0; only_named && i < request->count; i++)
    if (!self->is_named[offset / 2 + i])
      return 2;
  *ret_offset = offset;
  return 0;
}
