/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-device.h"

#include "ohm-sim-memory.h"

#include <math.h>
#include <string.h>

#include "ohm-replay-device.h"
#include "ohm-sim-branches.h"

/* The 19000 block is refreshed each 200 ms in UMG 604, 511, 512 and 96RM (their address lists). */
#define REFRESH_US 200000
/* The fact that tells what sits in the slots. */
#define MODULES "modules"

/* A value that was fixed from outside. */
typedef struct
{
  gboolean is_fixed;
  double number;
  gint64 integer; /* the same to its last digit, where the registers hold integers */
} OhmSimFixed;

struct _OhmSimDevice
{
  const OhmSimLayout *layout;
  guint64 serial;
  char *name;               /* (nullable) */
  GHashTable *facts;        /* (owned) (nullable) (element-type utf8 utf8): said from outside */
  OhmSimBranches *branches; /* (owned) */
  OhmSimModules modules;    /* nothing of a type without */
  OhmSimMemory *memory;     /* (owned) (nullable) */
  GPtrArray *texts;         /* (element-type utf8) (nullable): of each row that is a fact */
  OhmSimFixed *fixed;       /* of each row */
  guint8 *image;
  gint64 image_us; /* monotonic; -1 if the image is not of any time */
  gint64 drift_us;
  gboolean is_missing;
  const OhmCapture *capture; /* (nullable): played instead of a model */
  OhmReplayDevice *replay;   /* (owned) (nullable) */
  gint64 play_us;            /* monotonic: its beginning */
  guint8 replayed[2 * OHM_READ_REGISTERS_MAX];
  guint64 n_reads;
  guint64 n_writes;
};

static const OhmSimRow *
ohm_sim_device_get_row (const OhmSimDevice *self, guint i)
{
  return &g_array_index (self->layout->rows, OhmSimRow, i);
}

/* What the inputs of a logger may count, by their index. */
static char *
ohm_sim_device_make_branch (const OhmSimRow *row)
{
  static const char *const branches[] = { "Lighting",   "Ventilation", "Cooling", "Kitchen",
                                          "Workshop",   "Server room", "Lifts",   "Heat pump",
                                          "Compressor", "Charging" };
  const char *dot = strrchr (row->name, '.');
  guint64 index = dot != NULL ? g_ascii_strtoull (dot + 1, NULL, 10) : 0;

  if (index < G_N_ELEMENTS (branches))
    return g_strdup (branches[index]);
  return g_strdup_printf ("Branch %" G_GUINT64_FORMAT, index + 1);
}

/* Numbers that fit the model: a pulse is 1 Wh, an averaging interval a quarter of an hour, and
 * transformers are large enough for any power. */
static char *
ohm_sim_device_make_number (const OhmSimRow *row)
{
  if (strstr (row->name, "-scale") != NULL)
    return g_strdup ("0.001");
  if (strstr (row->name, "-interval") != NULL)
    return g_strdup ("900");
  if (g_str_equal (row->name, "ct-primary"))
    return g_strdup ("6000");
  return g_strdup (strstr (row->name, "battery") != NULL ? "0" : "1");
}

/* What a fact says if nobody says otherwise. */
static char *
ohm_sim_device_make_fact (const OhmSimDevice *self, const OhmSimRow *row)
{
  if (g_str_equal (row->name, "serial"))
    return g_strdup_printf ("%" G_GUINT64_FORMAT, self->serial);
  if (g_str_equal (row->name, "firmware"))
    return g_strdup (row->is_text ? "1.0.7" : "107");
  if (!row->is_text)
    return ohm_sim_device_make_number (row);
  if (strstr (row->name, "-name.") != NULL)
    return ohm_sim_device_make_branch (row);
  if (g_str_equal (row->name, "model") || g_str_equal (row->name, "name"))
    return g_strdup (ohm_profile_get_name (self->layout->profile));
  if (strstr (row->name, "unit") != NULL)
    return g_strdup ("kWh");
  return g_strdup (row->name);
}

/* Whether the type would be recognised by this text. */
static gboolean
ohm_sim_row_is_recognised (const OhmSimRow *row, const char *text)
{
  double number = g_ascii_strtod (text, NULL);

  if (row->identity != NULL)
    return g_pattern_match_simple (row->pattern, text);
  return row->identity_min > row->identity_max ||
         (number >= row->identity_min && number <= row->identity_max);
}

static char *
ohm_sim_row_make_identity (const OhmSimRow *row)
{
  double middle = floor (row->identity_min + (row->identity_max - row->identity_min) / 2.0);

  if (row->identity != NULL)
    return g_strdup (row->identity);
  if (!isfinite (middle))
    middle = isfinite (row->identity_min) ? row->identity_min : row->identity_max;
  return g_strdup_printf ("%.0f", middle);
}

static char *
ohm_sim_device_make_text (const OhmSimDevice *self, const OhmSimRow *row)
{
  const char *given = self->facts != NULL ? g_hash_table_lookup (self->facts, row->name) : NULL;
  g_autofree char *text = NULL;

  if (given == NULL && row->is_text && g_str_equal (row->name, "name"))
    given = self->name;
  if (given != NULL)
    return g_strdup (given);
  if (row->is_of_modules)
    return ohm_sim_modules_dup_fact (&self->modules, row->name);
  text = ohm_sim_device_make_fact (self, row);
  if (ohm_sim_row_is_recognised (row, text))
    return g_steal_pointer (&text);
  return ohm_sim_row_make_identity (row);
}

static void
ohm_sim_device_add_branches (OhmSimDevice *self,
                             const OhmSimShape *shape,
                             const OhmSimIdentity *identity)
{
  const char *text = identity->facts != NULL ? g_hash_table_lookup (identity->facts, MODULES)
                                             : NULL;
  guint64 seed = ohm_sim_hash (identity->seed, identity->serial);

  if (self->layout->has_modules)
    ohm_sim_modules_parse (text != NULL ? text : OHM_SIM_MODULES_DEFAULT, &self->modules, NULL);
  self->branches = ohm_sim_branches_new (self->layout, shape, seed, identity->power_w,
                                         self->layout->has_modules ? &self->modules : NULL);
}

OhmSimDevice *
ohm_sim_device_new (const OhmSimLayout *layout,
                    const OhmSimShape *shape,
                    const OhmSimIdentity *identity)
{
  OhmSimDevice *self = g_new0 (OhmSimDevice, 1);

  self->layout = layout;
  self->serial = identity->serial;
  self->name = g_strdup (identity->name);
  if (identity->facts != NULL)
    self->facts = g_hash_table_ref (identity->facts);
  self->image = g_malloc0 (layout->image_length + 1);
  self->image_us = -1;
  self->fixed = g_new0 (OhmSimFixed, layout->rows->len + 1);
  ohm_sim_device_add_branches (self, shape, identity);
  self->memory = ohm_sim_memory_new (layout);
  self->texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < layout->rows->len; i++)
    {
      const OhmSimRow *row = ohm_sim_device_get_row (self, i);

      g_ptr_array_add (self->texts, row->is_fact ? ohm_sim_device_make_text (self, row) : NULL);
    }
  return self;
}

void
ohm_sim_device_free (OhmSimDevice *self)
{
  g_free (self->name);
  g_clear_pointer (&self->memory, ohm_sim_memory_free);
  g_clear_pointer (&self->facts, g_hash_table_unref);
  g_free (self->image);
  g_free (self->fixed);
  ohm_sim_branches_free (self->branches);
  g_ptr_array_unref (self->texts);
  g_clear_pointer (&self->replay, ohm_replay_device_free);
  g_free (self);
}

/* Several values may share a register, each with its own bits. */
static void
ohm_sim_device_store (OhmSimDevice *self, const OhmSimRow *row, const guint8 *bytes)
{
  for (guint space = 0; space < 2; space++)
    {
      guint8 *target;

      if (row->offsets[space] < 0)
        continue;
      target = self->image + row->offsets[space];
      if (row->mask == NULL)
        memcpy (target, bytes, 2 * (gsize) row->registers);
      for (guint i = 0; row->mask != NULL && i < 2u * row->registers; i++)
        target[i] = (guint8) ((target[i] & ~row->mask[i]) | (bytes[i] & row->mask[i]));
    }
}

static void
ohm_sim_device_store_text (OhmSimDevice *self, const OhmSimRow *row, const char *text)
{
  guint8 bytes[2 * OHM_READ_REGISTERS_MAX] = { 0 };

  ohm_encoding_encode_text (&row->encoding, text, bytes);
  ohm_sim_device_store (self, row, bytes);
}

/* An integer has no NaN of its own: only a scaled one is asked for its missing pattern. */
static void
ohm_sim_device_store_missing (OhmSimDevice *self, const OhmSimRow *row)
{
  OhmEncoding encoding = row->encoding;
  OhmCell cell = { .real = (double) NAN };
  guint8 bytes[2 * OHM_READ_REGISTERS_MAX] = { 0 };

  if (row->encoding.format == OHM_FORMAT_TEXT)
    return;
  if (row->is_integer)
    encoding.scale = 2.0;
  ohm_encoding_encode (&encoding, cell, bytes);
  ohm_sim_device_store (self, row, bytes);
}

static gboolean
ohm_sim_row_has_missing (const OhmSimRow *row)
{
  return row->encoding.has_missing || row->encoding.format == OHM_FORMAT_F32 ||
         row->encoding.format == OHM_FORMAT_F64;
}

static void
ohm_sim_device_store_number (OhmSimDevice *self, const OhmSimRow *row, double value)
{
  guint8 bytes[2 * OHM_READ_REGISTERS_MAX] = { 0 };
  OhmCell cell = { .real = value };

  /* What a family decodes by itself stays as it is: zeros. */
  if (row->encoding.format == OHM_FORMAT_TEXT)
    return;
  if (isnan (value))
    {
      ohm_sim_device_store_missing (self, row);
      return;
    }
  if (row->is_integer)
    cell.integer = (gint64) CLAMP (floor (value), -9.2e18, 9.2e18);
  ohm_encoding_encode (&row->encoding, cell, bytes);
  ohm_sim_device_store (self, row, bytes);
}

static void
ohm_sim_device_store_fixed (OhmSimDevice *self, const OhmSimRow *row, const OhmSimFixed *fixed)
{
  guint8 bytes[2 * OHM_READ_REGISTERS_MAX] = { 0 };
  OhmCell cell = { .integer = fixed->integer };

  if (isnan (fixed->number) || !row->is_integer || row->encoding.format == OHM_FORMAT_TEXT)
    {
      ohm_sim_device_store_number (self, row, fixed->number);
      return;
    }
  ohm_encoding_encode (&row->encoding, cell, bytes);
  ohm_sim_device_store (self, row, bytes);
}

/* Numbers of facts may need all of their 64 bits. */
static void
ohm_sim_device_store_fact (OhmSimDevice *self, const OhmSimRow *row, const char *text)
{
  guint8 bytes[2 * OHM_READ_REGISTERS_MAX] = { 0 };
  OhmCell cell = { 0 };

  if (row->is_text)
    {
      ohm_sim_device_store_text (self, row, text);
      return;
    }
  if (row->is_integer)
    cell.integer = g_ascii_strtoll (text, NULL, 10);
  else
    cell.real = g_ascii_strtod (text, NULL);
  ohm_encoding_encode (&row->encoding, cell, bytes);
  ohm_sim_device_store (self, row, bytes);
}

static void
ohm_sim_device_store_point (OhmSimDevice *self, guint i, const OhmSimRow *row)
{
  const OhmSimModel *model = ohm_sim_branches_get (self->branches, row->group);

  if (model == NULL || (self->is_missing && ohm_sim_row_has_missing (row)))
    ohm_sim_device_store_missing (self, row);
  else if (self->fixed[i].is_fixed)
    ohm_sim_device_store_fixed (self, row, &self->fixed[i]);
  else
    ohm_sim_device_store_number (self, row, ohm_sim_model_get (model, &row->term));
}

/* A clock that shows no UTC by its profile still does here. */
static void
ohm_sim_device_store_clock (OhmSimDevice *self, const OhmSimRow *row, gint64 time_us)
{
  guint8 bytes[2 * OHM_DEVICE_CLOCK_FIELDS_MAX] = { 0 };

  if (row->clock != NULL)
    {
      ohm_device_clock_encode (row->clock, MAX (time_us, 0), bytes);
      ohm_sim_device_store (self, row, bytes);
    }
  else
    ohm_sim_device_store_number (self, row, (double) (time_us / G_USEC_PER_SEC));
}

static void
ohm_sim_device_refresh (OhmSimDevice *self, OhmSimNow now)
{
  gboolean is_first = self->image_us < 0;

  if (!is_first && now.mono_us - self->image_us < REFRESH_US)
    return;
  ohm_sim_branches_move (self->branches, now.wall_us);
  for (guint i = 0; i < self->layout->rows->len; i++)
    {
      const OhmSimRow *row = ohm_sim_device_get_row (self, i);

      if (row->is_clock)
        ohm_sim_device_store_clock (self, row, now.wall_us + self->drift_us);
      else if (!row->is_fact)
        ohm_sim_device_store_point (self, i, row);
      else if (is_first)
        ohm_sim_device_store_fact (self, row, g_ptr_array_index (self->texts, i));
    }
  /* a sum that was fixed is so, whatever its terms would be by themselves */
  for (guint i = 0; i < self->layout->rows->len; i++)
    if (self->fixed[i].is_fixed)
      ohm_sim_device_store_point (self, i, ohm_sim_device_get_row (self, i));
  self->image_us = now.mono_us;
}

gboolean
ohm_sim_device_play (OhmSimDevice *self, const OhmCapture *capture, OhmSimNow now, GError **error)
{
  self->replay = ohm_replay_device_new (capture, error);
  if (self->replay == NULL)
    return FALSE;
  ohm_replay_device_rewind (self->replay, capture);
  self->capture = capture;
  self->play_us = now.mono_us;
  return TRUE;
}

static guint8
ohm_sim_device_replay (OhmSimDevice *self,
                       const OhmRequest *request,
                       OhmSimNow now,
                       const guint8 **ret_registers)
{
  OhmReply reply;

  ohm_replay_device_advance (self->replay, self->capture, now.mono_us - self->play_us);
  ohm_replay_device_answer (self->replay, request, self->replayed, &reply);
  if (reply.exception == 0)
    *ret_registers = self->replayed;
  return reply.exception;
}

guint8
ohm_sim_device_read (OhmSimDevice *self,
                     const OhmRequest *request,
                     OhmSimNow now,
                     gboolean only_named,
                     const guint8 **ret_registers)
{
  gsize offset = 0;
  guint8 exception;

  self->n_reads++;
  if (self->replay != NULL)
    return ohm_sim_device_replay (self, request, now, ret_registers);
  if (self->memory != NULL &&
      ohm_sim_memory_read (self->memory, request, ohm_sim_branches_get (self->branches, 0),
                           now.wall_us, ret_registers))
    {
      self->image_us = -1;
      return 0;
    }
  exception = ohm_sim_layout_locate (self->layout, request, only_named, &offset);
  if (exception != 0)
    return exception;
  ohm_sim_device_refresh (self, now);
  *ret_registers = self->image + offset;
  return 0;
}

/* "3", "4" or "34": the functions that read a row. */
static const char *
ohm_sim_device_get_functions (const OhmSimDevice *self, const OhmSimRow *row)
{
  if (self->layout->blocks[0] == self->layout->blocks[1])
    return "34";
  if (row->offsets[0] >= 0 && row->offsets[1] >= 0)
    return "34";
  return row->offsets[0] >= 0 ? "3" : "4";
}

static void
ohm_sim_device_dump_row (const OhmSimDevice *self, const OhmSimRow *row, GString *text)
{
  gssize offset = row->offsets[0] >= 0 ? row->offsets[0] : row->offsets[1];

  g_string_append_printf (text, "%s %s %s %u ", row->is_fact ? "fact" : "point", row->name,
                          ohm_sim_device_get_functions (self, row), row->address);
  for (guint i = 0; offset >= 0 && i < 2u * row->registers; i++)
    g_string_append_printf (text, "%02x", self->image[offset + (gssize) i]);
  g_string_append_c (text, '\n');
}

void
ohm_sim_device_dump (OhmSimDevice *self, OhmSimNow now, GString *text)
{
  ohm_sim_device_refresh (self, now);
  for (guint i = 0; i < self->layout->rows->len; i++)
    ohm_sim_device_dump_row (self, ohm_sim_device_get_row (self, i), text);
}

static guint64
ohm_sim_device_get_written (const OhmRequest *request)
{
  guint64 value = 0;

  for (guint i = 0; i < MIN (request->count, 4); i++)
    value = value << 16 | request->values[i];
  return value;
}

guint8
ohm_sim_device_write (OhmSimDevice *self, const OhmRequest *request, OhmSimNow now)
{
  guint n_writes = 0;
  const OhmWrite *writes = ohm_profile_get_writes (self->layout->profile, &n_writes);

  if (request->function != 6 && request->function != 16)
    return 1;
  self->n_writes++;
  if (self->memory != NULL)
    {
      int exception = ohm_sim_memory_write (self->memory, request, now.wall_us);

      if (exception >= 0)
        return (guint8) exception;
    }
  for (guint i = 0; i < n_writes; i++)
    if (writes[i].address == request->address && writes[i].count == request->count)
      {
        guint64 value = ohm_sim_device_get_written (request);

        if (value < writes[i].min || value > writes[i].max)
          return 3;
        if (g_str_equal (writes[i].name, "clock"))
          ohm_sim_device_set_drift (self, (gint64) value * G_USEC_PER_SEC - now.wall_us);
        return 0;
      }
  return n_writes > 0 ? 2 : 1;
}

static gboolean
ohm_sim_device_set_number (OhmSimDevice *self, guint i, const char *value, GError **error)
{
  char *end = NULL;
  double number = g_ascii_strtod (value, &end);

  if (end == value || *end != '\0')
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "expected a number, 'nan' or 'auto', found '%s'", value);
      return FALSE;
    }
  self->fixed[i] = (OhmSimFixed){ .is_fixed = TRUE, .number = number };
  /* 64 bits do not fit into a double */
  if (!g_ascii_string_to_signed (value, 10, G_MININT64, G_MAXINT64, &self->fixed[i].integer,
                                 NULL) &&
      !isnan (number))
    self->fixed[i].integer = (gint64) CLAMP (floor (number), -9.2e18, 9.2e18);
  return TRUE;
}

static void
ohm_sim_device_set_fact (OhmSimDevice *self, guint i, const char *value)
{
  const OhmSimRow *row = ohm_sim_device_get_row (self, i);
  gboolean is_auto = g_str_equal (value, "auto");

  g_free (g_ptr_array_index (self->texts, i));
  g_ptr_array_index (self->texts, i) = is_auto ? ohm_sim_device_make_text (self, row)
                                               : g_strdup (value);
}

static gboolean
ohm_sim_device_set_row (OhmSimDevice *self, guint i, const char *value, GError **error)
{
  if (ohm_sim_device_get_row (self, i)->is_fact)
    ohm_sim_device_set_fact (self, i, value);
  else if (g_str_equal (value, "auto"))
    self->fixed[i].is_fixed = FALSE;
  else
    return ohm_sim_device_set_number (self, i, value, error);
  return TRUE;
}

/* Modules are put in and pulled out: facts and numbers of groups are others. */
static gboolean
ohm_sim_device_set_modules (OhmSimDevice *self, const char *value, GError **error)
{
  gboolean is_auto = g_str_equal (value, "auto");

  if (!ohm_sim_modules_parse (is_auto ? OHM_SIM_MODULES_DEFAULT : value, &self->modules, error))
    return FALSE;
  ohm_sim_branches_set_modules (self->branches, &self->modules);
  for (guint i = 0; i < self->layout->rows->len; i++)
    if (ohm_sim_device_get_row (self, i)->is_of_modules)
      ohm_sim_device_set_fact (self, i, "auto");
  return TRUE;
}

gboolean
ohm_sim_device_set (OhmSimDevice *self, const char *name, const char *value, GError **error)
{
  guint n_found = 0;

  self->image_us = -1;
  if (self->layout->has_modules && g_str_equal (name, MODULES))
    return ohm_sim_device_set_modules (self, value, error);
  for (guint i = 0; i < self->layout->rows->len; i++) /* alternatives have the same name */
    {
      if (!g_str_equal (ohm_sim_device_get_row (self, i)->name, name))
        continue;
      if (!ohm_sim_device_set_row (self, i, value, error))
        return FALSE;
      n_found++;
    }
  if (n_found > 0)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "type '%s' has no point or fact '%s'",
               ohm_profile_get_id (self->layout->profile), name);
  return FALSE;
}

void
ohm_sim_device_set_missing (OhmSimDevice *self, gboolean is_missing)
{
  if (is_missing == self->is_missing)
    return;
  self->is_missing = is_missing;
  self->image_us = -1;
}

void
ohm_sim_device_set_reset (OhmSimDevice *self, gboolean is_reset, OhmSimNow now)
{
  ohm_sim_branches_set_origin (self->branches, is_reset ? now.wall_us : -1);
  self->image_us = -1;
}

void
ohm_sim_device_set_drift (OhmSimDevice *self, gint64 drift_us)
{
  self->drift_us = drift_us;
  self->image_us = -1;
}

gint64
ohm_sim_device_get_drift (const OhmSimDevice *self)
{
  return self->drift_us;
}

guint64
ohm_sim_device_get_serial (const OhmSimDevice *self)
{
  return self->serial;
}

guint64
ohm_sim_device_get_reads (const OhmSimDevice *self)
{
  return self->n_reads;
}

guint64
ohm_sim_device_get_writes (const OhmSimDevice *self)
{
  return self->n_writes;
}
