/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-alarms.h"

/* Ended alarms that are remembered. */
#define ENDED_MAX 300

struct _OhmAlarms
{
  GObject parent_instance;

  OhmBus *bus;     /* (owned) */
  OhmClock *clock; /* (owned) */
  GPtrArray *list; /* (owned) (element-type OhmAlarm): open ones first, newest first */
  guint n_open;
  guint64 last_id;
};

G_DEFINE_FINAL_TYPE (OhmAlarms, ohm_alarms, G_TYPE_OBJECT)

static gboolean
ohm_alarms_find (OhmAlarms *self, const char *subject, guint *ret_index)
{
  for (guint i = 0; i < self->n_open; i++)
    {
      const OhmAlarm *alarm = g_ptr_array_index (self->list, i);

      if (g_str_equal (alarm->subject, subject))
        {
          *ret_index = i;
          return TRUE;
        }
    }
  return FALSE;
}

static void
ohm_alarms_end_at (OhmAlarms *self, guint index)
{
  g_autoptr (OhmAlarm) alarm = ohm_alarm_ref (g_ptr_array_index (self->list, index));
  g_autoptr (OhmAlarm) ended = ohm_alarm_new (alarm->id, alarm->subject, alarm->message,
                                              alarm->since_us, ohm_clock_get_wall_us (self->clock));

  g_ptr_array_remove_index (self->list, index);
  self->n_open--;
  g_ptr_array_insert (self->list, (int) self->n_open, ohm_alarm_ref (ended));
  if (self->list->len > self->n_open + ENDED_MAX)
    g_ptr_array_set_size (self->list, (int) (self->n_open + ENDED_MAX));
  ohm_bus_emit_alarm (self->bus, ended);
}

static void
ohm_alarms_reword_at (OhmAlarms *self, guint index, OhmMessage *message)
{
  g_autoptr (OhmAlarm) former = g_ptr_array_index (self->list, index);
  g_autoptr (OhmAlarm) alarm = ohm_alarm_new (former->id, former->subject, message,
                                              former->since_us, 0);

  g_ptr_array_index (self->list, index) = ohm_alarm_ref (alarm);
  ohm_bus_emit_alarm (self->bus, alarm);
}

void
ohm_alarms_raise (OhmAlarms *self, const char *subject, OhmMessage *message)
{
  g_autoptr (OhmAlarm) alarm = NULL;
  guint index;

  g_return_if_fail (OHM_IS_ALARMS (self));

  if (ohm_alarms_find (self, subject, &index))
    {
      const OhmAlarm *open = g_ptr_array_index (self->list, index);

      if (ohm_message_equal (open->message, message))
        return;
      if (g_str_equal (ohm_message_get_code (open->message), ohm_message_get_code (message)))
        {
          ohm_alarms_reword_at (self, index, message);
          return;
        }
      ohm_alarms_end_at (self, index);
    }
  alarm = ohm_alarm_new (++self->last_id, subject, message, ohm_clock_get_wall_us (self->clock), 0);
  g_ptr_array_insert (self->list, 0, ohm_alarm_ref (alarm));
  self->n_open++;
  ohm_bus_emit_alarm (self->bus, alarm);
}

void
ohm_alarms_end (OhmAlarms *self, const char *subject)
{
  guint index;

  g_return_if_fail (OHM_IS_ALARMS (self));

  if (ohm_alarms_find (self, subject, &index))
    ohm_alarms_end_at (self, index);
}

GPtrArray *
ohm_alarms_list (OhmAlarms *self)
{
  return self->list;
}

OhmAlarms *
ohm_alarms_new (OhmBus *bus, OhmClock *clock)
{
  OhmAlarms *self = g_object_new (OHM_TYPE_ALARMS, NULL);

  self->bus = g_object_ref (bus);
  self->clock = g_object_ref (clock);
  return self;
}

static void
ohm_alarms_dispose (GObject *object)
{
  OhmAlarms *self = OHM_ALARMS (object);

  g_clear_object (&self->bus);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->list, g_ptr_array_unref);
  G_OBJECT_CLASS (ohm_alarms_parent_class)->dispose (object);
}

static void
ohm_alarms_class_init (OhmAlarmsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_alarms_dispose;
}

static void
ohm_alarms_init (OhmAlarms *self)
{
  self->list = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_alarm_unref);
}
