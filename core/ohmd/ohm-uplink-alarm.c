/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-uplink-alarm.h"

/* What passes by itself is worth an alarm once a whole quarter hour could not go. */
#define RETRYING_US OHM_SLOT_US

static gboolean
ohm_uplink_alarm_is_due (OhmUplinkHost *host, const OhmUplinkHostView *view, gint64 now_us)
{
  if (view->message == NULL)
    return FALSE;
  if (ohm_uplink_host_get_delivery (host) == NULL)
    return TRUE;
  switch (view->delivery.state)
    {
    case OHM_DELIVERY_HELD:
    case OHM_DELIVERY_LOST:
      return TRUE;
    case OHM_DELIVERY_RETRYING:
      return now_us - view->delivery.since_us >= RETRYING_US;
    case OHM_DELIVERY_UNCLAIMED:
    case OHM_DELIVERY_WAITING_USER:
    case OHM_DELIVERY_OK:
    default:
      return view->delivery.is_new_destination;
    }
}

static char *
ohm_uplink_alarm_dup_refused_subject (const char *id)
{
  return g_strdup_printf ("uplinks/%s/refused", id);
}

static void
ohm_uplink_alarm_update_refused (OhmAlarms *alarms, const char *id, guint n_dead)
{
  g_autofree char *subject = ohm_uplink_alarm_dup_refused_subject (id);
  g_autofree char *count = g_strdup_printf ("%u", n_dead);
  g_autoptr (OhmMessage) message = ohm_message_new ("uplink-refused-finally", "n", count, "uplink",
                                                    id, NULL);

  if (n_dead > 0)
    ohm_alarms_raise (alarms, subject, message);
  else
    ohm_alarms_end (alarms, subject);
}

void
ohm_uplink_alarm_update (OhmAlarms *alarms, OhmUplinkHost *host, gint64 now_us)
{
  const char *id = ohm_uplink_host_get_id (host);
  g_autofree char *subject = g_strdup_printf ("uplinks/%s", id);
  OhmUplinkHostView view;

  ohm_uplink_host_get_view (host, &view);
  if (ohm_uplink_alarm_is_due (host, &view, now_us))
    ohm_alarms_raise (alarms, subject, view.message);
  else
    ohm_alarms_end (alarms, subject);
  ohm_uplink_alarm_update_refused (alarms, id, view.delivery.n_dead);
}

void
ohm_uplink_alarm_end (OhmAlarms *alarms, const char *id)
{
  g_autofree char *subject = g_strdup_printf ("uplinks/%s", id);
  g_autofree char *refused = ohm_uplink_alarm_dup_refused_subject (id);

  ohm_alarms_end (alarms, subject);
  ohm_alarms_end (alarms, refused);
}
