/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "link-fixture.h"

static void
fixture_link_on_changed (const OhmChange *change, gpointer owner)
{
  OhmLinkFixture *self = g_object_get_data (owner, "fixture");

  g_assert_cmpstr (change->id, ==, "station");
  self->n_changes++;
}

OhmLinkFixture *
fixture_link_new_of (gint64 after_us, GType transport)
{
  return fixture_link_new_with (after_us, transport, "");
}

OhmLinkFixture *
fixture_link_new_with (gint64 after_us, GType transport, const char *more)
{
  g_autofree char *text = g_strconcat ("[link]\nhost=station\n", more, NULL);
  OhmLinkFixture *self = g_new0 (OhmLinkFixture, 1);
  g_autoptr (GTypeClass) klass = g_type_class_ref (transport);
  const OhmSettingSpec *tables[] = { OHM_TRANSPORT_CLASS (klass)->settings_table, NULL };
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("test", text, strlen (text), NULL);
  g_autoptr (OhmSettings) settings = ohm_settings_new (keyfile, "link", tables, NULL);
  OhmLinkConfig config = {
    .id = (char[]){ "station" },
    .transport = (char[]){ "test" },
    .transport_type = transport,
    .settings = settings,
  };

  self->time = ohm_test_time_new (after_us);
  self->bus = ohm_bus_new ();
  self->station = ohm_test_station_new ("station");
  self->ended = g_string_new (NULL);
  self->link = ohm_link_new (&config, self->time->watcher, self->bus);
  g_object_set_data (G_OBJECT (self->link), "fixture", self);
  ohm_bus_connect_link_changed (self->bus, "test", fixture_link_on_changed, self->link);
  return self;
}

OhmLinkFixture *
fixture_link_new (gint64 after_us)
{
  return fixture_link_new_of (after_us, OHM_TEST_TYPE_TRANSPORT);
}

void
fixture_link_free (OhmLinkFixture *self)
{
  if (self->link != NULL)
    g_assert_finalize_object (self->link);
  ohm_test_station_free (self->station);
  g_assert_finalize_object (self->bus);
  ohm_test_time_free (self->time);
  g_string_free (self->ended, TRUE);
  g_free (self);
}

void
fixture_link_assert_ended (OhmLinkFixture *self, const char *expected)
{
  g_assert_cmpstr (self->ended->str, ==, expected);
  g_string_truncate (self->ended, 0);
}

void
fixture_link_assert_state (OhmLinkFixture *self, OhmStateCode code, const char *cause)
{
  const OhmState *state = ohm_link_get_state (self->link);

  g_assert_cmpstr (ohm_state_to_string (state->code), ==, ohm_state_to_string (code));
  g_assert_cmpstr (state->cause != NULL ? ohm_message_get_code (state->cause) : NULL, ==, cause);
}

static void
fixture_ask_note_error (OhmLinkAsk *self, const GError *error)
{
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT))
    self->n_timeouts++;
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY))
    self->n_busy++;
  else
    self->n_other++;
}

static void
fixture_ask_on_ended (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmLinkAsk *self = exchange->user_data;

  g_assert_true ((reply != NULL) != (error != NULL));
  self->is_waiting = FALSE;
  self->ended_us = ohm_test_time_mono (self->fixture->time);
  if (error != NULL)
    fixture_ask_note_error (self, error);
  else if (reply->exception != 0)
    self->n_exceptions++;
  else
    self->n_good++;
  if (reply != NULL)
    self->exception = reply->exception;
  if (self->name != NULL)
    g_string_append_printf (self->fixture->ended, "%s%s", self->fixture->ended->len > 0 ? " " : "",
                            self->name);
  if (self->again > 0)
    {
      self->again--;
      fixture_ask_submit (self);
    }
}

OhmLinkAsk *
fixture_ask_new (OhmLinkFixture *fixture, const char *name, guint8 unit, OhmPriority priority)
{
  OhmLinkAsk *self = g_new0 (OhmLinkAsk, 1);

  self->fixture = fixture;
  self->name = name;
  self->exchange.request = (OhmRequest){ .unit = unit, .function = 3, .address = 0, .count = 2 };
  self->exchange.priority = priority;
  self->exchange.func = fixture_ask_on_ended;
  self->exchange.user_data = self;
  return self;
}

void
fixture_ask_free (OhmLinkAsk *self)
{
  if (self->is_waiting && self->fixture->link != NULL)
    ohm_link_withdraw (self->fixture->link, &self->exchange);
  if (self->timer != NULL)
    {
      ohm_watch_remove (self->timer);
      ohm_link_remove_unit (self->fixture->link, self->exchange.request.unit, self);
    }
  g_clear_error (&self->error);
  g_free (self);
}

void
fixture_ask_submit (OhmLinkAsk *self)
{
  guint n = self->n_good + self->n_exceptions + self->n_timeouts + self->n_busy + self->n_other;

  self->is_waiting = TRUE;
  ohm_link_submit (self->fixture->link, &self->exchange);
  g_assert_cmpuint (self->n_good + self->n_exceptions + self->n_timeouts + self->n_busy +
                      self->n_other,
                    ==, n);
}

static void
fixture_ask_on_due (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmLinkAsk *self = user_data;

  self->due_us += self->period_us;
  ohm_watch_set_deadline (self->timer, self->due_us);
  self->n_asked++;
  if (self->is_waiting)
    {
      self->n_missed++;
      ohm_link_count_missed (self->fixture->link);
    }
  else
    {
      fixture_ask_submit (self);
    }
}

void
fixture_ask_repeat (OhmLinkAsk *self, gint64 period_us, gint64 phase_us)
{
  ohm_link_add_unit (self->fixture->link, self->exchange.request.unit, NULL, self);
  self->period_us = period_us;
  self->due_us = ohm_test_time_mono (self->fixture->time) + phase_us;
  self->timer = ohm_watcher_add (self->fixture->time->watcher, /* fd */ -1, 0, fixture_ask_on_due,
                                 self);
  ohm_watch_set_deadline (self->timer, self->due_us);
}
