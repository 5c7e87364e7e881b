/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ohm-keyfile.h"
#include "ohm-modbus.h"

#include "ohm-sim-flush.h"
#include "ohm-sim-shape.h"

#define MILLION 1000000
/* Bytes that a collision garbles at most. */
#define COLLISION_MAX 12

typedef struct
{
  gint64 due_us; /* when it has arrived */
  guint8 byte;
} OhmSimByte;

/* One direction. */
typedef struct
{
  GArray *bytes;  /* (element-type OhmSimByte): under way */
  gint64 busy_us; /* until then */
  guint garbled;  /* so many bytes more are hit by a collision */
} OhmSimWire;

struct _OhmSimLine
{
  OhmWatcher *watcher; /* (owned) */
  OhmSimLineTraits traits;
  OhmSimLineHeard heard;
  gpointer user_data;
  OhmWatch *timer;
  OhmWatch *watch; /* (nullable): of the master's end */
  GSource *flush;  /* (owned) (nullable): unless the clock is real */
  int fd;
  int slave_fd;   /* or the device would hang up whenever nobody has it open */
  char *device;   /* (nullable) */
  char *link;     /* (nullable) */
  OhmSimWire out; /* from the master to the meters */
  OhmSimWire in;
  gboolean is_unheard; /* the request that is being sent came too early */
  OhmSimLineCounters counters;
  guint64 rolls;
};

const OhmSimLineTraits ohm_sim_line_traits = { .bits = 10, .pause_us = 5000, .hand_over_us = 1000 };

static gint64
ohm_sim_line_now_us (const OhmSimLine *self)
{
  return ohm_clock_get_mono_us (ohm_watcher_get_clock (self->watcher));
}

gint64
ohm_sim_line_get_span_us (const OhmSimLineTraits *traits, gsize characters)
{
  gint64 bits = (gint64) characters * traits->bits;

  return traits->baud == 0 ? 0 : bits * G_USEC_PER_SEC / traits->baud;
}

/* Modbus over serial line V1.02, 2.5.1.1 */
gint64
ohm_sim_line_get_silence_us (const OhmSimLineTraits *traits)
{
  if (traits->baud == 0)
    return 0;
  return traits->baud > 19200 ? 1750 : ohm_sim_line_get_span_us (traits, 7) / 2;
}

static gboolean
ohm_sim_line_rolls (OhmSimLine *self, guint chance)
{
  if (chance == 0 || ohm_sim_hash (self->traits.seed, self->rolls++) % MILLION >= chance)
    return FALSE;
  self->counters.disturbed++;
  return TRUE;
}

static guint8
ohm_sim_line_roll_byte (OhmSimLine *self)
{
  return (guint8) ohm_sim_hash (self->traits.seed, self->rolls++);
}

/* --- on the wire --- */

static void
ohm_sim_line_put (OhmSimLine *self, OhmSimWire *wire, guint8 byte)
{
  OhmSimByte item;

  wire->busy_us += ohm_sim_line_get_span_us (&self->traits, 1);
  item = (OhmSimByte){ wire->busy_us, byte };
  g_array_append_val (wire->bytes, item);
}

/* What noise makes of a byte: nothing, another one, or more. */
static void
ohm_sim_line_carry (OhmSimLine *self, OhmSimWire *wire, guint8 byte)
{
  if (ohm_sim_line_rolls (self, self->traits.collide))
    wire->garbled = 1 + ohm_sim_line_roll_byte (self) % COLLISION_MAX;
  if (wire->garbled > 0)
    {
      wire->garbled--;
      byte &= ohm_sim_line_roll_byte (self);
    }
  if (ohm_sim_line_rolls (self, self->traits.insert))
    ohm_sim_line_put (self, wire, ohm_sim_line_roll_byte (self));
  if (ohm_sim_line_rolls (self, self->traits.flip))
    byte ^= (guint8) (1 << ohm_sim_line_roll_byte (self) % 8);
  if (ohm_sim_line_rolls (self, self->traits.drop))
    wire->busy_us += ohm_sim_line_get_span_us (&self->traits, 1);
  else
    ohm_sim_line_put (self, wire, byte);
}

/* Two talk at a time: neither is understood. */
static void
ohm_sim_line_clash (OhmSimLine *self, OhmSimWire *earlier, OhmSimWire *later)
{
  for (guint i = 0; i < earlier->bytes->len; i++)
    g_array_index (earlier->bytes, OhmSimByte, i).byte &= ohm_sim_line_roll_byte (self);
  later->garbled = MAX (later->garbled, COLLISION_MAX);
}

static void
ohm_sim_line_arm (OhmSimLine *self)
{
  gint64 now_us = ohm_sim_line_now_us (self);
  gint64 next_us = -1;
  const OhmSimWire *wires[] = { &self->out, &self->in };

  for (guint i = 0; i < G_N_ELEMENTS (wires); i++)
    {
      guint n = wires[i]->bytes->len;
      gint64 due_us;

      if (n == 0)
        continue;
      due_us = MAX (g_array_index (wires[i]->bytes, OhmSimByte, 0).due_us,
                    now_us + self->traits.hand_over_us);
      due_us = MIN (due_us, g_array_index (wires[i]->bytes, OhmSimByte, n - 1).due_us);
      next_us = next_us < 0 ? due_us : MIN (next_us, due_us);
    }
  ohm_watch_set_deadline (self->timer, next_us);
}

/* Bytes of @wire that have arrived, and when the first of them began. */
static guint
ohm_sim_line_take (OhmSimLine *self, OhmSimWire *wire, GByteArray *taken, gint64 *ret_began_us)
{
  gint64 now_us = ohm_sim_line_now_us (self);
  guint n = 0;

  for (; n < wire->bytes->len; n++)
    {
      const OhmSimByte *item = &g_array_index (wire->bytes, OhmSimByte, n);

      if (item->due_us > now_us)
        break;
      if (n == 0)
        *ret_began_us = item->due_us - ohm_sim_line_get_span_us (&self->traits, 1);
      g_byte_array_append (taken, &item->byte, 1);
    }
  return n;
}

static void
ohm_sim_line_deliver_in (OhmSimLine *self)
{
  g_autoptr (GByteArray) taken = g_byte_array_new ();
  gint64 began_us = 0;
  guint n = ohm_sim_line_take (self, &self->in, taken, &began_us);

  if (n == 0)
    return;
  g_array_remove_range (self->in.bytes, 0, n);
  self->counters.given += taken->len;
  if (self->fd >= 0 && write (self->fd, taken->data, taken->len) != (gssize) taken->len)
    g_debug ("line %s: bytes lost: %s, ignoring", self->device, g_strerror (errno));
}

static void
ohm_sim_line_deliver_out (OhmSimLine *self)
{
  g_autoptr (GByteArray) taken = g_byte_array_new ();
  gboolean is_unheard = self->is_unheard;
  gint64 began_us = 0;
  gint64 ended_us;
  guint n = ohm_sim_line_take (self, &self->out, taken, &began_us);

  if (n == 0)
    return;
  ended_us = g_array_index (self->out.bytes, OhmSimByte, n - 1).due_us;
  g_array_remove_range (self->out.bytes, 0, n);
  if (self->out.bytes->len == 0)
    self->is_unheard = FALSE;
  if (!is_unheard)
    self->heard (taken->data, taken->len, began_us, ended_us, self->user_data);
}

static void
ohm_sim_line_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmSimLine *self = user_data;

  ohm_sim_line_deliver_out (self);
  ohm_sim_line_deliver_in (self);
  ohm_sim_line_arm (self);
}

/* Whether the master talks at another speed than the meters: they hear rubbish. */
static gboolean
ohm_sim_line_is_mistuned (const OhmSimLine *self)
{
  static const struct
  {
    guint baud;
    speed_t speed;
  } speeds[] = {
    { 1200, B1200 },   { 2400, B2400 },   { 4800, B4800 },   { 9600, B9600 },
    { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
  };
  struct termios state;

  if (tcgetattr (self->fd, &state) != 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (speeds); i++)
    if (speeds[i].baud == self->traits.baud)
      return cfgetospeed (&state) != speeds[i].speed;
  return FALSE;
}

static void
ohm_sim_line_begin_out (OhmSimLine *self, gint64 now_us)
{
  gint64 silent_us = now_us - MAX (self->out.busy_us, self->in.busy_us);

  if (self->out.bytes->len > 0)
    return;
  self->is_unheard = ohm_sim_line_is_mistuned (self);
  if (silent_us < ohm_sim_line_get_silence_us (&self->traits))
    {
      self->counters.hasty++;
      self->is_unheard |= self->traits.is_strict;
    }
  if (now_us < self->in.busy_us && self->in.bytes->len > 0)
    ohm_sim_line_clash (self, &self->in, &self->out);
  self->out.busy_us = MAX (now_us, self->out.busy_us);
}

static void
ohm_sim_line_on_master (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmSimLine *self = user_data;
  gint64 now_us = ohm_sim_line_now_us (self);
  guint8 bytes[512];
  gssize n = read (self->fd, bytes, sizeof bytes);

  if (n <= 0)
    return;
  self->counters.taken += (guint64) n;
  ohm_sim_line_begin_out (self, now_us);
  self->in.busy_us = self->traits.echoes ? MAX (self->in.busy_us, now_us) : self->in.busy_us;
  for (gssize i = 0; i < n; i++)
    {
      ohm_sim_line_carry (self, &self->out, bytes[i]);
      if (self->traits.echoes)
        ohm_sim_line_put (self, &self->in, bytes[i]);
    }
  ohm_sim_line_arm (self);
}

void
ohm_sim_line_send (OhmSimLine *self, const guint8 *bytes, gsize length, gint64 at_us)
{
  if (at_us < self->out.busy_us && self->out.bytes->len > 0)
    ohm_sim_line_clash (self, &self->out, &self->in);
  self->in.busy_us = MAX (at_us, self->in.busy_us);
  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && ohm_sim_line_rolls (self, self->traits.pause))
        self->in.busy_us += self->traits.pause_us;
      ohm_sim_line_carry (self, &self->in, bytes[i]);
    }
  ohm_sim_line_arm (self);
}

/* --- the device --- */

static gboolean
ohm_sim_line_set_errno (const char *what, GError **error)
{
  int code = errno;

  g_set_error (error, OHM_ERROR, OHM_ERROR_LINK, "%s: %s", what, g_strerror (code));
  return FALSE;
}

static gboolean
ohm_sim_line_open (OhmSimLine *self, GError **error)
{
  struct termios state;
  char name[64];

  self->fd = posix_openpt (O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (self->fd < 0 || grantpt (self->fd) != 0 || unlockpt (self->fd) != 0 ||
      ptsname_r (self->fd, name, sizeof name) != 0)
    return ohm_sim_line_set_errno ("pseudo-terminal", error);
  self->slave_fd = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (self->slave_fd < 0 || tcgetattr (self->slave_fd, &state) != 0)
    return ohm_sim_line_set_errno (name, error);
  cfmakeraw (&state);
  tcsetattr (self->slave_fd, TCSANOW, &state);
  self->device = g_strdup (name);
  return TRUE;
}

gboolean
ohm_sim_line_plug (OhmSimLine *self, const char *link, GError **error)
{
  if (self->device != NULL)
    return TRUE;
  if (!ohm_sim_line_open (self, error))
    {
      ohm_sim_line_unplug (self);
      return FALSE;
    }
  if (link != NULL)
    {
      unlink (link);
      if (symlink (self->device, link) != 0)
        {
          ohm_sim_line_set_errno (link, error);
          ohm_sim_line_unplug (self);
          return FALSE;
        }
      self->link = g_strdup (link);
    }
  self->watch = ohm_watcher_add (self->watcher, self->fd, OHM_WATCH_READ, ohm_sim_line_on_master,
                                 self);
  if (!ohm_clock_is_real (ohm_watcher_get_clock (self->watcher)))
    self->flush = ohm_sim_flush_new (self->fd, self->slave_fd);
  return TRUE;
}

void
ohm_sim_line_unplug (OhmSimLine *self)
{
  if (self->link != NULL)
    unlink (self->link);
  g_clear_pointer (&self->link, g_free);
  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->flush != NULL)
    g_source_destroy (self->flush);
  g_clear_pointer (&self->flush, g_source_unref);
  if (self->slave_fd >= 0)
    close (self->slave_fd);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
  self->slave_fd = -1;
  g_clear_pointer (&self->device, g_free);
  g_array_set_size (self->out.bytes, 0);
  g_array_set_size (self->in.bytes, 0);
  ohm_watch_set_deadline (self->timer, -1);
}

const char *
ohm_sim_line_get_device (const OhmSimLine *self)
{
  return self->device;
}

OhmSimLineTraits *
ohm_sim_line_get_traits (OhmSimLine *self)
{
  return &self->traits;
}

const OhmSimLineCounters *
ohm_sim_line_get_counters (const OhmSimLine *self)
{
  return &self->counters;
}

static void
ohm_sim_wire_init (OhmSimWire *self)
{
  self->bytes = g_array_new (FALSE, FALSE, sizeof (OhmSimByte));
}

OhmSimLine *
ohm_sim_line_new (OhmWatcher *watcher, OhmSimLineHeard heard, gpointer user_data)
{
  OhmSimLine *self = g_new0 (OhmSimLine, 1);

  self->watcher = g_object_ref (watcher);
  self->heard = heard;
  self->user_data = user_data;
  self->traits = ohm_sim_line_traits;
  self->fd = -1;
  self->slave_fd = -1;
  ohm_sim_wire_init (&self->out);
  ohm_sim_wire_init (&self->in);
  self->timer = ohm_watcher_add (watcher, /* fd */ -1, 0, ohm_sim_line_on_timer, self);
  return self;
}

void
ohm_sim_line_free (OhmSimLine *self)
{
  ohm_sim_line_unplug (self);
  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_array_unref (self->out.bytes);
  g_array_unref (self->in.bytes);
  g_object_unref (self->watcher);
  g_free (self);
}

/* --- traits by name --- */

gboolean
ohm_sim_line_set (OhmSimLineTraits *traits, const char *name, const char *value, GError **error)
{
  guint64 number = 0;
  struct
  {
    const char *name;
    guint *trait;
  } numbers[] = {
    { "baud", &traits->baud },   { "bits", &traits->bits },     { "drop", &traits->drop },
    { "flip", &traits->flip },   { "insert", &traits->insert }, { "collide", &traits->collide },
    { "pause", &traits->pause },
  };

  if (g_str_equal (name, "echo") || g_str_equal (name, "strict"))
    {
      *(g_str_equal (name, "echo") ? &traits->echoes : &traits->is_strict) = g_str_equal (value,
                                                                                          "on");
      return TRUE;
    }
  if (!g_ascii_string_to_unsigned (value, 10, 0, MILLION, &number, NULL))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected 0 to 1000000, found '%s'", value);
      return FALSE;
    }
  if (g_str_equal (name, "pause-ms"))
    {
      traits->pause_us = (gint64) number * 1000;
      return TRUE;
    }
  if (g_str_equal (name, "hand-over-ms"))
    {
      traits->hand_over_us = (gint64) number * 1000;
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (numbers[i].name, name))
      {
        *numbers[i].trait = (guint) number;
        return TRUE;
      }
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "a line has no '%s'; expected baud, bits, drop, flip, insert, collide, pause, "
               "pause-ms, hand-over-ms, echo or strict",
               name);
  return FALSE;
}
