/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "daemon-fixture.h"

static void
fixture_daemon_on_interval (const OhmRecord *record, gpointer owner)
{
  OhmDaemonFixture *self = g_object_get_data (owner, "daemon-fixture");

  self->on_interval (self->user_data, record);
}

static void
fixture_daemon_make (OhmDaemonFixture *self)
{
  OhmSiteFixture *f = self->f;
  g_autofree char *etc = fixture_dir_dup_path (f->dir, "etc");
  g_autofree char *var = fixture_dir_dup_path (f->dir, "var");
  g_autofree char *plugins = fixture_dir_dup_path (f->dir, "plugins");
  const char *const plugin_dirs[] = { plugins, NULL };
  const OhmSiteOptions options = { etc, var, plugin_dirs, NULL };

  self->daemon = ohm_daemon_new (&options, f->time->watcher, f->bus);
  f->site = g_object_ref (ohm_daemon_get_site (self->daemon));
  g_object_set_data (G_OBJECT (f->site), "daemon-fixture", self);
  ohm_bus_connect_interval (f->bus, "test", fixture_daemon_on_interval, f->site);
}

OhmDaemonFixture *
fixture_daemon_new (void)
{
  OhmDaemonFixture *self = g_new0 (OhmDaemonFixture, 1);

  self->f = fixture_site_new (60 * OHM_S);
  fixture_dir_make (self->f->dir, "var");
  ohm_bus_disconnect (self->f->bus, self->f->site);
  g_assert_finalize_object (self->f->site);
  fixture_daemon_make (self);
  return self;
}

void
fixture_daemon_start (OhmDaemonFixture *self)
{
  ohm_daemon_start (self->daemon);
  while (!ohm_daemon_is_started (self->daemon))
    g_main_context_iteration (NULL, TRUE);
}

static void
fixture_daemon_on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ohm_daemon_stop_finish (OHM_DAEMON (source), result);
  *(gboolean *) user_data = TRUE;
}

void
fixture_daemon_stop (OhmDaemonFixture *self)
{
  gboolean is_stopped = FALSE;

  ohm_daemon_stop_async (self->daemon, fixture_daemon_on_stopped, &is_stopped);
  while (!is_stopped)
    g_main_context_iteration (NULL, TRUE);
  ohm_test_time_spin (self->f->time);
}

void
fixture_daemon_restart (OhmDaemonFixture *self)
{
  fixture_daemon_stop (self);
  ohm_bus_disconnect (self->f->bus, self->f->site);
  g_assert_finalize_object (self->daemon);
  g_assert_finalize_object (self->f->site);
  fixture_daemon_make (self);
  fixture_daemon_start (self);
}

void
fixture_daemon_free (OhmDaemonFixture *self)
{
  ohm_bus_disconnect (self->f->bus, self->f->site);
  g_assert_finalize_object (self->daemon);
  fixture_site_free (self->f);
  g_free (self);
}

void
fixture_daemon_go_to_slot (OhmDaemonFixture *self, gint64 after_us)
{
  gint64 wall_us = ohm_test_time_wall (self->f->time);

  fixture_site_run (self->f, ohm_slot_after (wall_us) + after_us - wall_us);
}
