/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-schedule.h"

#include "ohm-slot.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

#define BACK_OFF_FIRST_US (5 * SECOND_US)
#define BACK_OFF_MAX_US   (900 * SECOND_US)
#define BACK_OFF_MIN_US   (1 * SECOND_US)

#define OUTAGE_LONG_US (10 * MINUTE_US)

#define RETRY_AFTER_MAX_US (6 * HOUR_US)

/* FNV-1a with a final mix: near identities land far apart. */
static guint64
ohm_delivery_hash (const char *gateway, guint64 salt)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325) ^ salt;

  for (const char *p = gateway; *p != '\0'; p++)
    hash = (hash ^ (guint8) *p) * G_GUINT64_CONSTANT (0x100000001b3);
  hash ^= hash >> 33;
  hash *= G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  hash ^= hash >> 33;
  return hash;
}

gint64
ohm_delivery_offset_us (const char *gateway, gint64 delay_us, gint64 spread_us)
{
  g_return_val_if_fail (gateway != NULL, delay_us);

  if (spread_us <= 0)
    return delay_us;
  return delay_us + (gint64) (ohm_delivery_hash (gateway, 0) % (guint64) spread_us);
}

gint64
ohm_delivery_due_slot_us (gint64 wall_us, gint64 offset_us)
{
  return ohm_slot_at_or_before (wall_us - offset_us);
}

gint64
ohm_delivery_next_slot_us (gint64 wall_us, gint64 offset_us)
{
  return ohm_delivery_due_slot_us (wall_us, offset_us) + OHM_SLOT_US + offset_us;
}

/* From midnight: not in its first hour, in which the last slots of the day are delivered. */
static gint64
ohm_delivery_echo_offset_us (const char *gateway)
{
  return HOUR_US + (gint64) (ohm_delivery_hash (gateway, 1) % (guint64) (22 * HOUR_US));
}

gint64
ohm_delivery_due_day (const char *gateway, gint64 wall_us)
{
  g_return_val_if_fail (gateway != NULL, 0);

  return (wall_us - ohm_delivery_echo_offset_us (gateway)) / DAY_US - 1;
}

gint64
ohm_delivery_next_day_us (const char *gateway, gint64 wall_us)
{
  return (ohm_delivery_due_day (gateway, wall_us) + 2) * DAY_US +
         ohm_delivery_echo_offset_us (gateway);
}

gint64
ohm_delivery_day_to_us (gint64 day)
{
  return day * DAY_US;
}

gint64
ohm_delivery_random_us (GRand *random, gint64 max_us)
{
  return max_us > 0 ? (gint64) (g_rand_double (random) * (double) max_us) : 0;
}

gint64
ohm_delivery_spread_max_us (gint64 outage_us)
{
  return outage_us > OUTAGE_LONG_US ? MIN (outage_us / 2, HOUR_US) : 0;
}

gint64
ohm_delivery_back_off_us (GRand *random, guint n, gint64 outage_us)
{
  gint64 max_us = BACK_OFF_MAX_US;
  gint64 wait_us;

  if (n >= 1 && n <= 8)
    max_us = MIN (BACK_OFF_FIRST_US << (n - 1), BACK_OFF_MAX_US);
  max_us = MAX (max_us, ohm_delivery_spread_max_us (outage_us));
  wait_us = ohm_delivery_random_us (random, max_us);
  return MAX (wait_us, BACK_OFF_MIN_US);
}

gint64
ohm_delivery_retry_after_us (GRand *random, gint64 retry_after_us)
{
  gint64 asked_us = CLAMP (retry_after_us, SECOND_US, RETRY_AFTER_MAX_US);

  return asked_us + ohm_delivery_random_us (random, asked_us / 5);
}

gint64
ohm_delivery_unclear_us (GRand *random, guint n)
{
  static const gint64 minutes[OHM_DELIVERY_UNCLEAR_MAX - 1] = { 1, 4, 15, 40, 60 };
  gint64 wait_us = minutes[CLAMP (n, 1, G_N_ELEMENTS (minutes)) - 1] * MINUTE_US;

  return wait_us + ohm_delivery_random_us (random, wait_us / 5);
}

gint64
ohm_delivery_hold_us (GRand *random)
{
  return HOUR_US + ohm_delivery_random_us (random, HOUR_US / 20);
}

gint64
ohm_delivery_retry_refused_us (guint n, gint64 wall_us)
{
  return n <= 2 ? wall_us + DAY_US : 0;
}
