/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-follow.h"

#include <string.h>

#include "ohm-log.h"

struct _OhmFollow
{
  OhmSite *site;    /* (not owned) */
  OhmStore *store;  /* (owned) */
  GHashTable *seen; /* (owned) (element-type utf8 OhmFollowPlace): by serial */
  OhmFollowMovedFunc moved;
  gpointer user_data;
};

/* Where a device was met that is not the one expected there. */
typedef struct
{
  char *link;
  guint8 unit;
  char *type;
} OhmFollowPlace;

static void
ohm_follow_place_free (OhmFollowPlace *self)
{
  g_free (self->link);
  g_free (self->type);
  g_free (self);
}

OhmFollow *
ohm_follow_new (OhmSite *site, OhmStore *store, OhmFollowMovedFunc moved, gpointer user_data)
{
  OhmFollow *self = g_new0 (OhmFollow, 1);

  self->site = site;
  self->store = g_object_ref (store);
  self->moved = moved;
  self->user_data = user_data;
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) ohm_follow_place_free);
  return self;
}

void
ohm_follow_free (OhmFollow *self)
{
  g_object_unref (self->store);
  g_hash_table_unref (self->seen);
  g_free (self);
}

static gboolean
ohm_follow_is_at (OhmMeterHost *host, const OhmFollowPlace *place)
{
  return ohm_meter_host_get_unit (host) == place->unit &&
         g_str_equal (ohm_link_get_id (ohm_meter_host_get_link (host)), place->link);
}

/* Whatever was met at the address of @host before is not there any more. */
static void
ohm_follow_forget_address (OhmFollow *self, OhmMeterHost *host)
{
  GHashTableIter iter;
  gpointer place;

  g_hash_table_iter_init (&iter, self->seen);
  while (g_hash_table_iter_next (&iter, NULL, &place))
    if (ohm_follow_is_at (host, place))
      g_hash_table_iter_remove (&iter);
}

static void
ohm_follow_note (OhmFollow *self, OhmMeterHost *host, const char *serial)
{
  OhmFollowPlace *place = g_new0 (OhmFollowPlace, 1);

  place->link = g_strdup (ohm_link_get_id (ohm_meter_host_get_link (host)));
  place->unit = ohm_meter_host_get_unit (host);
  place->type = g_strdup (ohm_meter_host_get_type_id (host));
  g_hash_table_replace (self->seen, g_strdup (serial), place);
}

static void
ohm_follow_move (OhmFollow *self, OhmMeterHost *host, OhmLink *link, guint8 unit)
{
  ohm_log_message ("meter", ohm_meter_host_get_id (host),
                   "meter '%s': looking for its serial %s at %s unit %u",
                   ohm_meter_host_get_id (host), ohm_meter_host_get_expected (host),
                   ohm_link_get_id (link), unit);
  ohm_meter_host_follow (host, link, unit);
  self->moved (host, self->user_data);
}

/* The one that another device was met at takes the place that this device left: most likely they
 * were exchanged, and nobody else asks there any more. */
static void
ohm_follow_exchange (OhmFollow *self, OhmMeterHost *host, OhmMeterHost *other)
{
  g_autoptr (OhmLink) link = g_object_ref (ohm_meter_host_get_link (host));
  g_autoptr (OhmLink) other_link = g_object_ref (ohm_meter_host_get_link (other));
  guint8 unit = ohm_meter_host_get_unit (host);

  ohm_follow_move (self, host, other_link, ohm_meter_host_get_unit (other));
  if (ohm_meter_host_get_state (other)->code == OHM_STATE_WRONG_DEVICE)
    ohm_follow_move (self, other, link, unit);
}

/* (nullable): the meter that is read at a place now */
static OhmMeterHost *
ohm_follow_find_at (OhmFollow *self, const OhmFollowPlace *place)
{
  GPtrArray *meters = ohm_site_get_meters (self->site);

  for (guint i = 0; i < meters->len; i++)
    {
      OhmMeterHost *host = g_ptr_array_index (meters, i);

      if (ohm_meter_host_get_link (host) != NULL && ohm_follow_is_at (host, place))
        return host;
    }
  return NULL;
}

/* The meter goes where its serial was met, unless it is known to be where it is. */
static void
ohm_follow_consider (OhmFollow *self, OhmMeterHost *host)
{
  const char *serial = ohm_meter_host_get_expected (host);
  const OhmFollowPlace *place = serial != NULL ? g_hash_table_lookup (self->seen, serial) : NULL;
  OhmMeterHost *other = place != NULL ? ohm_follow_find_at (self, place) : NULL;

  if (other == NULL || other == host || ohm_meter_host_get_link (host) == NULL ||
      ohm_meter_host_is_confirmed (host) ||
      !g_str_equal (ohm_meter_host_get_type_id (host), place->type))
    return;
  ohm_follow_exchange (self, host, other);
}

/* (transfer full): where it is read although its file says something else */
static OhmMessage *
ohm_follow_make_message (OhmMeterHost *host)
{
  g_autofree char *unit = g_strdup_printf ("%u", ohm_meter_host_get_unit (host));

  return ohm_message_new ("address-followed", "address",
                          ohm_link_get_id (ohm_meter_host_get_link (host)), "unit", unit, NULL);
}

/* It answers where it is read now: people are told if that is not where its file says. */
static void
ohm_follow_confirm (OhmFollow *self, OhmMeterHost *host)
{
  g_autofree char *id = g_strconcat ("meters/", ohm_meter_host_get_id (host), NULL);
  g_autofree char *subject = g_strconcat (id, "/address", NULL);
  g_autoptr (OhmMessage) message = NULL;

  if (!ohm_meter_host_is_followed (host))
    {
      ohm_alarms_end (ohm_site_get_alarms (self->site), subject);
      return;
    }
  message = ohm_follow_make_message (host);
  ohm_alarms_raise (ohm_site_get_alarms (self->site), subject, message);
  ohm_store_add_event (self->store, id, message);
}

/* Who is expected to be there, and is believed to be elsewhere, is asked again: perhaps two have
 * changed places. */
static void
ohm_follow_doubt (OhmFollow *self, OhmMeterHost *host, const char *serial)
{
  GPtrArray *meters = ohm_site_get_meters (self->site);

  for (guint i = 0; i < meters->len; i++)
    {
      OhmMeterHost *other = g_ptr_array_index (meters, i);

      if (other != host && ohm_meter_host_get_link (other) != NULL &&
          ohm_meter_host_is_confirmed (other) &&
          g_strcmp0 (ohm_meter_host_get_expected (other), serial) == 0)
        ohm_meter_host_survey (other);
    }
}

void
ohm_follow_surveyed (OhmFollow *self, OhmMeterHost *host)
{
  const OhmState *state = ohm_meter_host_get_state (host);
  GPtrArray *meters = ohm_site_get_meters (self->site);
  const char *serial = NULL;
  gboolean is_known;

  if (ohm_meter_host_get_link (host) == NULL)
    return;
  if (!ohm_meter_host_is_confirmed (host) && state->cause != NULL)
    serial = ohm_message_get_argument (state->cause, "found");
  is_known = serial != NULL && g_hash_table_contains (self->seen, serial);
  ohm_follow_forget_address (self, host);
  if (ohm_meter_host_is_confirmed (host))
    {
      ohm_follow_confirm (self, host);
      return;
    }
  if (serial == NULL)
    return;
  ohm_follow_note (self, host, serial);
  if (!is_known)
    ohm_follow_doubt (self, host, serial);
  for (guint i = 0; i < meters->len; i++)
    ohm_follow_consider (self, g_ptr_array_index (meters, i));
}

void
ohm_follow_take (OhmFollow *self, OhmMeterHost *host, OhmLink *link, guint8 unit)
{
  if (!ohm_meter_host_is_confirmed (host) ||
      ohm_meter_host_get_state (host)->code == OHM_STATE_SILENT)
    ohm_follow_move (self, host, link, unit);
}

void
ohm_follow_removed (OhmFollow *self, const char *meter)
{
  g_autofree char *subject = g_strdup_printf ("meters/%s/address", meter);

  ohm_alarms_end (ohm_site_get_alarms (self->site), subject);
}
