/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-clock-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

struct _OhmClock
{
  GObject parent_instance;

  OhmClockKind kind;
  gint64 wall_us; /* of a clock that is not real; atomic, as any thread may ask */
  gint64 mono_us;
  gboolean is_synchronized;
  GHashTable *next;       /* (owned) (element-type gpointer gint64): deadline by watcher */
  OhmClockRemote *remote; /* (owned) (nullable) */
  GSource *step;          /* (owned) (nullable): of a real clock: notices that it is set */
  int step_fd;            /* -1: none */
};

G_DEFINE_FINAL_TYPE (OhmClock, ohm_clock, G_TYPE_OBJECT)

enum
{
  OHM_CLOCK_SIGNAL_MOVED,
  OHM_CLOCK_N_SIGNALS
};

static guint ohm_clock_signals[OHM_CLOCK_N_SIGNALS];

gint64
ohm_clock_get_wall_us (OhmClock *self)
{
  g_return_val_if_fail (self != NULL, 0);

  if (self->kind == OHM_CLOCK_REAL)
    return g_get_real_time ();
  return __atomic_load_n (&self->wall_us, __ATOMIC_RELAXED);
}

gint64
ohm_clock_get_mono_us (OhmClock *self)
{
  g_return_val_if_fail (self != NULL, 0);

  if (self->kind == OHM_CLOCK_REAL)
    return g_get_monotonic_time ();
  return __atomic_load_n (&self->mono_us, __ATOMIC_RELAXED);
}

static gboolean
ohm_clock_kernel_is_synchronized (void)
{
  struct timex state = { .modes = 0 };

  return adjtimex (&state) != -1 && (state.status & STA_UNSYNC) == 0;
}

gboolean
ohm_clock_is_synchronized (OhmClock *self)
{
  g_return_val_if_fail (OHM_IS_CLOCK (self), FALSE);

  if (self->kind == OHM_CLOCK_REAL)
    return ohm_clock_kernel_is_synchronized ();
  return self->is_synchronized;
}

gboolean
ohm_clock_is_real (OhmClock *self)
{
  g_return_val_if_fail (OHM_IS_CLOCK (self), FALSE);

  return self->kind == OHM_CLOCK_REAL;
}

void
ohm_clock_set (OhmClock *self, gint64 wall_us, gint64 mono_us, gboolean is_synchronized)
{
  __atomic_store_n (&self->wall_us, wall_us, __ATOMIC_RELAXED);
  __atomic_store_n (&self->mono_us, mono_us, __ATOMIC_RELAXED);
  self->is_synchronized = is_synchronized;
  g_signal_emit (self, ohm_clock_signals[OHM_CLOCK_SIGNAL_MOVED], 0);
}

void
ohm_clock_move (OhmClock *self, gint64 wall_us, gint64 mono_us)
{
  g_return_if_fail (OHM_IS_CLOCK (self));
  g_return_if_fail (self->kind == OHM_CLOCK_MANUAL);
  g_return_if_fail (mono_us >= self->mono_us);

  ohm_clock_set (self, wall_us, mono_us, self->is_synchronized);
}

void
ohm_clock_hold (OhmClock *self)
{
  g_return_if_fail (OHM_IS_CLOCK (self));

  if (self->remote != NULL)
    ohm_clock_remote_hold (self->remote);
}

void
ohm_clock_release (OhmClock *self)
{
  g_return_if_fail (OHM_IS_CLOCK (self));

  if (self->remote != NULL)
    ohm_clock_remote_release (self->remote);
}

void
ohm_clock_set_next_of (OhmClock *self, gconstpointer watcher, gint64 mono_us)
{
  if (self->kind == OHM_CLOCK_REAL)
    return;
  if (mono_us < 0)
    g_hash_table_remove (self->next, watcher);
  else
    g_hash_table_insert (self->next, (gpointer) (guintptr) watcher,
                         g_memdup2 (&mono_us, sizeof mono_us));
}

void
ohm_clock_set_next (OhmClock *self, gint64 mono_us)
{
  g_return_if_fail (OHM_IS_CLOCK (self));

  ohm_clock_set_next_of (self, self, mono_us);
}

gint64
ohm_clock_get_next (OhmClock *self)
{
  GHashTableIter iter;
  gpointer value;
  gint64 next = -1;

  g_return_val_if_fail (OHM_IS_CLOCK (self), -1);

  g_hash_table_iter_init (&iter, self->next);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      gint64 mono_us = *(const gint64 *) value;

      if (next < 0 || mono_us < next)
        next = mono_us;
    }
  return next;
}

void
ohm_clock_attach_remote (OhmClock *self, OhmClockRemote *remote)
{
  self->remote = remote;
}

/* A timer that never expires, but is cancelled when somebody sets the machine's clock. */
static gboolean
ohm_clock_arm_step (OhmClock *self)
{
  const struct itimerspec never = { .it_value.tv_sec = G_MAXINT32 * G_GINT64_CONSTANT (64) };

  return timerfd_settime (self->step_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                          NULL) == 0;
}

static gboolean
ohm_clock_on_step (int fd, GIOCondition condition, gpointer user_data)
{
  g_autoptr (OhmClock) self = g_object_ref (user_data);
  guint64 expirations;

  if (read (fd, &expirations, sizeof expirations) < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  ohm_clock_arm_step (self);
  g_signal_emit (self, ohm_clock_signals[OHM_CLOCK_SIGNAL_MOVED], 0);
  return G_SOURCE_CONTINUE;
}

static void
ohm_clock_watch_steps (OhmClock *self)
{
  self->step_fd = timerfd_create (CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (self->step_fd < 0 || !ohm_clock_arm_step (self))
    return;
  self->step = g_unix_fd_source_new (self->step_fd, G_IO_IN);
  g_source_set_static_name (self->step, "OhmClock step");
  g_source_set_callback (self->step, G_SOURCE_FUNC (ohm_clock_on_step), self, NULL);
  g_source_attach (self->step, g_main_context_get_thread_default ());
}

static void
ohm_clock_finalize (GObject *object)
{
  OhmClock *self = OHM_CLOCK (object);

  if (self->step != NULL)
    g_source_destroy (self->step);
  g_clear_pointer (&self->step, g_source_unref);
  if (self->step_fd >= 0)
    close (self->step_fd);
  g_clear_pointer (&self->remote, ohm_clock_remote_free);
  g_hash_table_unref (self->next);

  G_OBJECT_CLASS (ohm_clock_parent_class)->finalize (object);
}

static void
ohm_clock_class_init (OhmClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_clock_finalize;

  /**
   * OhmClock::moved:
   * @self: the clock
   *
   * A clock that is not real has another time now; or somebody has set the machine's clock, so that
   * the wall time has stepped.
   *
   * Since: 0.1
   */
  ohm_clock_signals[OHM_CLOCK_SIGNAL_MOVED] = g_signal_new ("moved", OHM_TYPE_CLOCK,
                                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                            G_TYPE_NONE, 0);
}

static void
ohm_clock_init (OhmClock *self)
{
  self->next = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->is_synchronized = TRUE;
  self->step_fd = -1;
}

OhmClock *
ohm_clock_new_of_kind (OhmClockKind kind)
{
  OhmClock *self = g_object_new (OHM_TYPE_CLOCK, NULL);

  self->kind = kind;
  return self;
}

OhmClock *
ohm_clock_new (void)
{
  OhmClock *self = ohm_clock_new_of_kind (OHM_CLOCK_REAL);

  ohm_clock_watch_steps (self);
  return self;
}

OhmClock *
ohm_clock_new_manual (gint64 wall_us, gint64 mono_us)
{
  OhmClock *self = ohm_clock_new_of_kind (OHM_CLOCK_MANUAL);

  self->wall_us = wall_us;
  self->mono_us = mono_us;
  return self;
}
