/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-job.h"

/**
 * OhmctlJobFollow:
 * @context: the daemon
 * @path: the job
 * @show: tells people what it does
 * @data: for @show
 * @loop: (owned): runs until it has ended
 * @job: (owned) (nullable): as it is
 * @error: (owned) (nullable): why it cannot be followed
 */
typedef struct
{
  OhmctlContext *context;
  const char *path;
  OhmctlJobShow show;
  gpointer data;
  GMainLoop *loop;
  OhmctlObject *job;
  GError *error;
} OhmctlJobFollow;

void
ohmctl_job_show_line (OhmctlContext *context, const char *line)
{
  g_autofree char *fitted = ohmctl_ellipsize (line, MAX (context->width, 20) - 1);

  if (!context->is_json && isatty (STDERR_FILENO))
    g_printerr ("\r\033[K%s", fitted);
}

static void
ohmctl_job_show_progress (OhmctlContext *context,
                          OhmctlObject *job,
                          gboolean is_changed,
                          gpointer data)
{
  g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (job);
  g_autofree char *text = message != NULL ? ohm_message_dup_text (message) : g_strdup ("");
  g_autofree char *clean = ohmctl_format_clean (text);
  double progress = ohmctl_object_real (job, "Progress");
  g_autofree char *share = progress >= 0 ? g_strdup_printf ("%3d %%  ", (int) (progress * 100))
                                         : g_strdup ("");
  g_autofree char *line = g_strconcat (share, clean, NULL);

  if (is_changed)
    ohmctl_job_show_line (context, line);
}

static void
ohmctl_job_set_gone (GError **error)
{
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON,
               "ohmd ended before the job did\nOnce it runs again, ask for it again.");
}

/* Whether the daemon has left the bus: it may do so within a call, before its name is seen to
 * vanish. */
static gboolean
ohmctl_job_is_orphan (OhmctlJobFollow *self)
{
  g_autoptr (GVariant) reply = NULL;
  gboolean has_owner = TRUE;

  reply = g_dbus_connection_call_sync (self->context->bus, "org.freedesktop.DBus",
                                       "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       "NameHasOwner", g_variant_new ("(s)", self->context->owner),
                                       G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE,
                                       /* usual time-out */ -1, /* cancellable */ NULL,
                                       /* error */ NULL);
  if (reply != NULL)
    g_variant_get (reply, "(b)", &has_owner);
  return !has_owner;
}

/* @local: (transfer full): why the job cannot be asked. One that was there goes with the daemon. */
static void
ohmctl_job_give_up (OhmctlJobFollow *self, GError *local)
{
  g_autoptr (GError) owned = local;

  if (self->error == NULL &&
      (ohmctl_connection_is_unknown_object (owned) || ohmctl_job_is_orphan (self)))
    ohmctl_job_set_gone (&self->error);
  else if (self->error == NULL)
    self->error = g_steal_pointer (&owned);
  g_main_loop_quit (self->loop);
}

/* Asks how it is: a signal only says that something changed. */
static void
ohmctl_job_update (OhmctlJobFollow *self)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;
  GError *local = NULL;

  reply = ohmctl_connection_call (self->context, self->path,
                                  "org.freedesktop.DBus.Properties.GetAll",
                                  g_variant_new ("(s)", OHM_DBUS_NAME ".Job"), "(a{sv})", &local);
  if (reply == NULL)
    {
      ohmctl_job_give_up (self, local);
      return;
    }
  properties = g_variant_get_child_value (reply, 0);
  g_clear_pointer (&self->job, ohmctl_object_free);
  self->job = ohmctl_object_new (self->path, properties);
  self->show (self->context, self->job, TRUE, self->data);
  if (strcmp (ohmctl_object_string (self->job, "State"), "running") != 0)
    g_main_loop_quit (self->loop);
}

static void
ohmctl_job_on_changed (GDBusConnection *bus,
                       const char *sender,
                       const char *path,
                       const char *interface,
                       const char *name,
                       GVariant *arguments,
                       gpointer data)
{
  ohmctl_job_update (data);
}

static gboolean
ohmctl_job_on_second (gpointer data)
{
  OhmctlJobFollow *self = data;

  if (self->job != NULL)
    self->show (self->context, self->job, FALSE, self->data);
  return G_SOURCE_CONTINUE;
}

static gboolean
ohmctl_job_on_interrupt (gpointer data)
{
  OhmctlJobFollow *self = data;
  GError *local = NULL;
  g_autoptr (GVariant) reply = ohmctl_connection_call (self->context, self->path, "Job.Cancel",
                                                       g_variant_new ("(a{sv})", NULL), "()",
                                                       &local);

  if (reply == NULL)
    ohmctl_job_give_up (self, local);
  return G_SOURCE_CONTINUE;
}

static void
ohmctl_job_on_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  OhmctlJobFollow *self = data;

  if (self->error == NULL)
    ohmctl_job_set_gone (&self->error);
  g_main_loop_quit (self->loop);
}

/* What is called while the loop runs is connected, and disconnected before it returns. */
static void
ohmctl_job_run (OhmctlJobFollow *self)
{
  GDBusConnection *bus = self->context->bus;
  guint subscription, interrupt, watch, second;

  subscription = g_dbus_connection_signal_subscribe (bus, self->context->owner,
                                                     "org.freedesktop.DBus.Properties",
                                                     "PropertiesChanged", self->path,
                                                     /* arg0 */ NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                     ohmctl_job_on_changed, self, /* free */ NULL);
  interrupt = g_unix_signal_add (SIGINT, ohmctl_job_on_interrupt, self);
  watch = g_bus_watch_name_on_connection (bus, self->context->owner, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                          /* appeared */ NULL, ohmctl_job_on_vanished, self,
                                          /* free */ NULL);
  second = g_timeout_add_seconds (1, ohmctl_job_on_second, self);
  ohmctl_job_update (self);
  if (self->error == NULL && strcmp (ohmctl_object_string (self->job, "State"), "running") == 0)
    g_main_loop_run (self->loop);
  g_source_remove (second);
  g_bus_unwatch_name (watch);
  g_source_remove (interrupt);
  g_dbus_connection_signal_unsubscribe (bus, subscription);
  ohmctl_job_show_line (self->context, "");
}

OhmctlObject *
ohmctl_job_follow_with (OhmctlContext *context,
                        const char *path,
                        OhmctlJobShow show,
                        gpointer data,
                        GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (/* context */ NULL, FALSE);
  OhmctlJobFollow self = {
    .context = context, .path = path, .show = show, .data = data, .loop = loop
  };

  if (!ohmctl_connection_open (context, error))
    return NULL;
  ohmctl_job_run (&self);
  if (self.error == NULL)
    return self.job;
  g_clear_pointer (&self.job, ohmctl_object_free);
  g_propagate_error (error, self.error);
  return NULL;
}

OhmctlObject *
ohmctl_job_follow (OhmctlContext *context, const char *path, GError **error)
{
  return ohmctl_job_follow_with (context, path, ohmctl_job_show_progress, /* data */ NULL, error);
}
