/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-memory.h"

#include <string.h>

#define TYPE_ID          "umg96s"
#define READ_ADDRESS     500
#define PEEK_ADDRESS     506
#define FUNCTION_ADDRESS 510
#define PLACE_ADDRESS    702
#define BLOCK_REGISTERS  9
#define N_BLOCKS         32768
#define ENERGY_PROFILE   3
#define SLOT_S           900

struct _OhmSimMemory
{
  OhmSimTerm import;
  OhmSimTerm export;
  gint64 slot_s; /* of the block that is read next */
  guint8 bytes[2 * BLOCK_REGISTERS];
};

static void
ohm_sim_memory_init_term (OhmSimTerm *term, const char *name)
{
  OhmPoint point;

  if (ohm_point_parse (name, /* unit */ NULL, /* is_integer */ TRUE, &point, /* error */ NULL))
    ohm_sim_term_init (term, &point);
}

OhmSimMemory *
ohm_sim_memory_new (const OhmSimLayout *layout)
{
  OhmSimMemory *self;

  /* without counters there is nothing to remember */
  if (layout->groups->len == 0 ||
      (!g_str_equal (ohm_profile_get_id (layout->profile), TYPE_ID) &&
       g_strcmp0 (ohm_profile_get_parent (layout->profile), TYPE_ID) != 0))
    return NULL;
  self = g_new0 (OhmSimMemory, 1);
  ohm_sim_memory_init_term (&self->import, "energy-active-import.total");
  ohm_sim_memory_init_term (&self->export, "energy-active-export.total");
  return self;
}

void
ohm_sim_memory_free (OhmSimMemory *self)
{
  g_free (self);
}

static void
ohm_sim_memory_put (guint8 *target, guint64 value, guint n)
{
  for (guint i = 0; i < n; i++)
    target[i] = (guint8) (value >> 8 * (n - 1 - i));
}

/* Before the meter was there the memory is blank. */
static void
ohm_sim_memory_make_block (OhmSimMemory *self, OhmSimModel *model)
{
  gint64 slot_us = self->slot_s * G_USEC_PER_SEC;

  memset (self->bytes, 0xff, sizeof self->bytes);
  if (slot_us < ohm_sim_model_get_origin (model))
    return;
  ohm_sim_model_move (model, slot_us);
  memset (self->bytes, 0, sizeof self->bytes);
  ohm_sim_memory_put (self->bytes, (guint64) (self->slot_s / SLOT_S), 2);
  ohm_sim_memory_put (self->bytes + 2, (guint64) self->slot_s, 4);
  ohm_sim_memory_put (self->bytes + 6, (guint64) ohm_sim_model_get (model, &self->import), 4);
  ohm_sim_memory_put (self->bytes + 10, (guint64) ohm_sim_model_get (model, &self->export), 4);
  self->bytes[16] = ENERGY_PROFILE;
}

gboolean
ohm_sim_memory_read (OhmSimMemory *self,
                     const OhmRequest *request,
                     OhmSimModel *model,
                     gint64 wall_us,
                     const guint8 **ret_registers)
{
  gboolean is_block = request->count == BLOCK_REGISTERS &&
                      (request->address == READ_ADDRESS || request->address == PEEK_ADDRESS);
  gboolean is_place = request->count == 1 && request->address == PLACE_ADDRESS;

  if (!is_block && !is_place)
    return FALSE;
  if (self->slot_s == 0)
    self->slot_s = wall_us / G_USEC_PER_SEC / SLOT_S * SLOT_S;
  *ret_registers = self->bytes;
  if (is_place)
    {
      ohm_sim_memory_put (self->bytes, (guint64) (self->slot_s / SLOT_S % N_BLOCKS), 2);
      return TRUE;
    }
  ohm_sim_memory_make_block (self, model);
  if (request->address == READ_ADDRESS)
    self->slot_s -= SLOT_S;
  return TRUE;
}

int
ohm_sim_memory_write (OhmSimMemory *self, const OhmRequest *request, gint64 wall_us)
{
  if (request->address != FUNCTION_ADDRESS || request->count != 1)
    return -1;
  if (request->values[0] != 0)
    return 3;
  self->slot_s = wall_us / G_USEC_PER_SEC / SLOT_S * SLOT_S;
  return 0;
}
