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
 * @loop: (owned): runs until it has ended
 * @job: (owned) (nullable): as it is
 * @error: (owned) (nullable): why it cannot be followed
 * @is_shown: whether a line on the terminal tells what it does
 */
typedef struct
{
  OhmctlContext *context;
  const char *path;
  GMainLoop *loop;
  OhmctlObject *job;
  GError *error;
  gboolean is_shown;
} OhmctlJobFollow;

static void
ohmctl_job_show (OhmctlJobFollow *self)
{
  g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (self->job);
  g_autofree char *text = message != NULL ? ohm_message_dup_text (message) : g_strdup ("");
  g_autofree char *clean = ohmctl_format_clean (text);
  double progress = ohmctl_object_real (self->job, "Progress");
  g_autofree char *share = progress >= 0 ? g_strdup_printf ("%3d %%  ", (int) (progress * 100))
                                         : g_strdup ("");
  g_autofree char *line = g_strconcat (share, clean, NULL);
  g_autofree char *fitted = ohmctl_ellipsize (line, MAX (self->context->width, 20) - 1);

  if (self->is_shown)
    g_printerr ("\r\033[K%s", fitted);
}

/* Asks how it is; @interface and @changed only say that something changed. */
static void
ohmctl_job_update (OhmctlJobFollow *self)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;

  reply = ohmctl_connection_call (self->context, self->path,
                                  "org.freedesktop.DBus.Properties.GetAll",
                                  g_variant_new ("(s)", OHM_DBUS_NAME ".Job"), "(a{sv})",
                                  self->error == NULL ? &self->error : NULL);
  if (reply == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  properties = g_variant_get_child_value (reply, 0);
  g_clear_pointer (&self->job, ohmctl_object_free);
  self->job = ohmctl_object_new (self->path, properties);
  ohmctl_job_show (self);
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
ohmctl_job_on_interrupt (gpointer data)
{
  OhmctlJobFollow *self = data;
  g_autoptr (GVariant) reply = NULL;

  reply = ohmctl_connection_call (self->context, self->path, "Job.Cancel",
                                  g_variant_new ("(a{sv})", NULL), "()",
                                  self->error == NULL ? &self->error : NULL);
  if (reply == NULL)
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
ohmctl_job_on_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  OhmctlJobFollow *self = data;

  if (self->error == NULL)
    g_set_error (&self->error, OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON,
                 "ohmd ended before the job did");
  g_main_loop_quit (self->loop);
}

OhmctlObject *
ohmctl_job_follow (OhmctlContext *context, const char *path, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (/* context */ NULL, FALSE);
  OhmctlJobFollow self = { .context = context, .path = path, .loop = loop };
  guint subscription, interrupt, watch;

  if (!ohmctl_connection_open (context, error))
    return NULL;
  self.is_shown = !context->is_json && isatty (STDERR_FILENO);
  subscription = g_dbus_connection_signal_subscribe (context->bus, context->owner,
                                                     "org.freedesktop.DBus.Properties",
                                                     "PropertiesChanged", path,
                                                     /* arg0 */ NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                     ohmctl_job_on_changed, &self, /* free */ NULL);
  interrupt = g_unix_signal_add (SIGINT, ohmctl_job_on_interrupt, &self);
  watch = g_bus_watch_name_on_connection (context->bus, context->owner,
                                          G_BUS_NAME_WATCHER_FLAGS_NONE,
                                          /* appeared */ NULL, ohmctl_job_on_vanished, &self,
                                          /* free */ NULL);
  ohmctl_job_update (&self);
  if (self.error == NULL && strcmp (ohmctl_object_string (self.job, "State"), "running") == 0)
    g_main_loop_run (loop);
  g_bus_unwatch_name (watch);
  g_source_remove (interrupt);
  g_dbus_connection_signal_unsubscribe (context->bus, subscription);
  if (self.is_shown)
    g_printerr ("\r\033[K");
  if (self.error == NULL)
    return self.job;
  g_clear_pointer (&self.job, ohmctl_object_free);
  g_propagate_error (error, self.error);
  return NULL;
}
