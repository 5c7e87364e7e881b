/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A clock that a test drives over a Unix stream socket. Each message is a line of words.
 *
 * From the process to the driver:
 *   hello NAME                     once, at first
 *   pong N ACTIVITY NEXT           answer to "ping N"
 * From the driver to the process:
 *   time WALL MONO SYNC            it is WALL (UTC, us) and MONO (us); SYNC is 1 if the machine's
 *                                  time is disciplined, else 0; the process starts after the first
 *   ping N                         answer when there is nothing left to do
 *
 * Times are heard before anything else that came at the same turn of the main loop; pings at the
 * lowest priority, one line per turn: a ping is only seen when nothing else was ready, so it is
 * answered at once, unless ohm_clock_hold() says that a worker is busy. NEXT is the earliest
 * deadline in monotonic time, -1 if there is none. ACTIVITY grows with every turn of the main loop
 * that found work other than this socket.
 *
 * The driver pings all processes, round after round. When a whole round brings the same ACTIVITY
 * numbers as the one before, no byte is under way between them any more: it may jump to the least
 * NEXT. Those who have nothing to do then are told the time first, so that they know it when the
 * others' bytes come: nobody need wait for their answer. So months pass in minutes, and a run is
 * the same each time.
 */

#include "config.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ohm-clock-private.h"
#include "ohm-error.h"

#define OHM_CLOCK_LINE_MAX 128

/* Below everything that GLib and we use. */
#define OHM_CLOCK_PRIORITY (G_PRIORITY_LOW + 1000)

typedef struct
{
  GSource source;
  OhmClockRemote *remote; /* (unowned): the remote destroys its source */
} OhmClockSource;

struct _OhmClockRemote
{
  OhmClock *clock; /* (unowned): owns us */
  int fd;
  char input[OHM_CLOCK_LINE_MAX];
  gsize length;

  GMainContext *context; /* (owned) */
  GSource *source;       /* (owned) */
  GPollFunc poll;        /* what the context polled with before */
  guint64 activity;
  gboolean is_armed;   /* our source is ready, and waits for its turn */
  gboolean was_polled; /* it has not got it at the last one: something else came first */

  gboolean is_asked; /* a ping waits for its answer */
  guint64 ping;
  int holds; /* atomic */
};

/* A poll function has no user data; one process has one test clock. */
static OhmClockRemote *ohm_clock_remote_current;

static gboolean
ohm_clock_remote_send (OhmClockRemote *self, const char *line)
{
  gsize length = strlen (line);

  while (length > 0)
    {
      gssize n = send (self->fd, line, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      line += n;
      length -= (gsize) n;
    }
  return TRUE;
}

/* Takes the first line out of the input, without its end. */
static char *
ohm_clock_remote_take_line (OhmClockRemote *self)
{
  char *end = memchr (self->input, '\n', self->length);
  char *line;
  gsize n;

  if (end == NULL)
    return NULL;
  n = (gsize) (end - self->input);
  line = g_strndup (self->input, n);
  self->length -= n + 1;
  memmove (self->input, end + 1, self->length);
  return line;
}

/* Returns FALSE at the end of the stream. */
static gboolean
ohm_clock_remote_fill (OhmClockRemote *self, int flags)
{
  gssize n;

  do
    n = recv (self->fd, self->input + self->length, sizeof self->input - self->length, flags);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == EAGAIN;
  self->length += (gsize) n;
  return n > 0;
}

static gboolean
ohm_clock_remote_parse_time (char **words, gint64 *ret_wall_us, gint64 *ret_mono_us)
{
  return g_strv_length (words) == 4 && g_str_equal (words[0], "time") &&
         g_ascii_string_to_signed (words[1], 10, G_MININT64, G_MAXINT64, ret_wall_us, NULL) &&
         g_ascii_string_to_signed (words[2], 10, 0, G_MAXINT64, ret_mono_us, NULL);
}

static void
ohm_clock_remote_answer (OhmClockRemote *self)
{
  g_autofree char *line = NULL;

  if (!self->is_asked || g_atomic_int_get (&self->holds) > 0)
    return;
  self->is_asked = FALSE;
  line = g_strdup_printf ("pong %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                          self->ping, self->activity, ohm_clock_get_next (self->clock));
  ohm_clock_remote_send (self, line);
}

static void
ohm_clock_remote_obey (OhmClockRemote *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  gint64 wall_us;
  gint64 mono_us;

  if (ohm_clock_remote_parse_time (words, &wall_us, &mono_us))
    {
      ohm_clock_set (self->clock, wall_us, mono_us, g_str_equal (words[3], "1"));
      return;
    }
  if (g_strv_length (words) == 2 && g_str_equal (words[0], "ping") &&
      g_ascii_string_to_unsigned (words[1], 10, 0, G_MAXUINT64, &self->ping, NULL))
    {
      self->is_asked = TRUE;
      return;
    }
  g_debug ("test clock: line '%s' not understood, ignoring", line);
}

/* A line that has come already, or an answer that no worker holds up any more. */
static gboolean
ohm_clock_remote_prepare (GSource *source, int *timeout_ms)
{
  OhmClockRemote *self = ((OhmClockSource *) source)->remote;

  *timeout_ms = -1;
  self->is_armed = memchr (self->input, '\n', self->length) != NULL ||
                   (self->is_asked && g_atomic_int_get (&self->holds) == 0);
  return self->is_armed;
}

static gboolean
ohm_clock_remote_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  OhmClockRemote *self = ((OhmClockSource *) source)->remote;
  g_autoptr (OhmClock) clock = g_object_ref (self->clock);
  g_autofree char *line = NULL;

  self->is_armed = FALSE;
  self->was_polled = FALSE;
  line = ohm_clock_remote_take_line (self);
  if (line == NULL)
    {
      if (!ohm_clock_remote_fill (self, MSG_DONTWAIT))
        return G_SOURCE_REMOVE; /* the driver has gone: time stands still */
      line = ohm_clock_remote_take_line (self);
    }
  if (line != NULL)
    ohm_clock_remote_obey (self, line);
  ohm_clock_remote_answer (self);
  return G_SOURCE_CONTINUE;
}

void
ohm_clock_remote_hold (OhmClockRemote *remote)
{
  g_atomic_int_inc (&remote->holds);
}

void
ohm_clock_remote_release (OhmClockRemote *remote)
{
  if (g_atomic_int_dec_and_test (&remote->holds))
    g_main_context_wakeup (remote->context);
}

/* Takes times that have come, before the other descriptors are looked at; pings remain. Returns
 * TRUE if it is another time now. */
static gboolean
ohm_clock_remote_hear_time (OhmClockRemote *self)
{
  gboolean has_heard = FALSE;

  if (self->length < sizeof self->input)
    ohm_clock_remote_fill (self, MSG_DONTWAIT); /* its end is met where lines are taken */
  while (self->length > 0 && self->input[0] == 't' &&
         memchr (self->input, '\n', self->length) != NULL)
    {
      g_autofree char *line = ohm_clock_remote_take_line (self);

      ohm_clock_remote_obey (self, line);
      has_heard = TRUE;
    }
  return has_heard;
}

/* Counts the turns of the main loop that find work: a descriptor other than ours, or, told by not
 * waiting, a source that was ready before. Who hears the time gets no turn for it: a deadline that
 * has come with it is only seen at the next one, and a ping behind it must not be before that. */
static int
ohm_clock_remote_poll (GPollFD *fds, guint n_fds, int timeout_ms)
{
  OhmClockRemote *self = ohm_clock_remote_current;
  gboolean found = self->is_armed ? self->was_polled : timeout_ms == 0;
  int n = self->poll (fds, n_fds, timeout_ms);

  for (guint i = 0; n > 0 && i < n_fds; i++)
    if (fds[i].fd != self->fd)
      found |= fds[i].revents != 0;
    else if ((fds[i].revents & G_IO_IN) != 0 && ohm_clock_remote_hear_time (self))
      fds[i].revents = 0;
  if (found)
    self->activity++;
  self->was_polled = self->is_armed;
  return n;
}

static void
ohm_clock_remote_attach (OhmClockRemote *self)
{
  static GSourceFuncs funcs = { .prepare = ohm_clock_remote_prepare,
                                .dispatch = ohm_clock_remote_dispatch };

  self->context = g_main_context_get_thread_default ();
  self->context = g_main_context_ref (self->context != NULL ? self->context
                                                            : g_main_context_default ());
  self->source = g_source_new (&funcs, sizeof (OhmClockSource));
  ((OhmClockSource *) self->source)->remote = self;
  g_source_set_static_name (self->source, "OhmClock");
  g_source_set_priority (self->source, OHM_CLOCK_PRIORITY);
  /* or else GLib takes the descriptor out while it dispatches and wakes the loop afterwards */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_add_unix_fd (self->source, self->fd, G_IO_IN | G_IO_HUP);
  g_source_attach (self->source, self->context);
  self->poll = g_main_context_get_poll_func (self->context);
  ohm_clock_remote_current = self;
  g_main_context_set_poll_func (self->context, ohm_clock_remote_poll);
}

void
ohm_clock_remote_free (OhmClockRemote *remote)
{
  if (remote->source != NULL)
    {
      g_main_context_set_poll_func (remote->context, remote->poll);
      ohm_clock_remote_current = NULL;
      g_source_destroy (remote->source);
      g_source_unref (remote->source);
      g_main_context_unref (remote->context);
    }
  if (remote->fd >= 0)
    close (remote->fd);
  g_free (remote);
}

static gboolean
ohm_clock_remote_connect (OhmClockRemote *self, const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "test clock '%s': path too long", path);
      return FALSE;
    }
  self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (self->fd < 0 || connect (self->fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      int code = errno;

      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "test clock '%s': %s", path,
                   g_strerror (code));
      return FALSE;
    }
  return TRUE;
}

static gboolean
ohm_clock_remote_greet (OhmClockRemote *self, const char *name)
{
  g_autofree char *hello = g_strdup_printf ("hello %s\n", name);
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  gint64 wall_us;
  gint64 mono_us;

  if (!ohm_clock_remote_send (self, hello))
    return FALSE;
  while ((line = ohm_clock_remote_take_line (self)) == NULL)
    if (!ohm_clock_remote_fill (self, 0))
      return FALSE;
  words = g_strsplit (line, " ", -1);
  if (!ohm_clock_remote_parse_time (words, &wall_us, &mono_us))
    return FALSE;
  ohm_clock_set (self->clock, wall_us, mono_us, g_str_equal (words[3], "1"));
  return TRUE;
}

OhmClock *
ohm_clock_new_remote (const char *path, const char *name, GError **error)
{
  g_autoptr (OhmClock) clock = NULL;
  OhmClockRemote *self;

  g_return_val_if_fail (path != NULL && name != NULL, NULL);
  g_return_val_if_fail (ohm_clock_remote_current == NULL, NULL);

  clock = ohm_clock_new_of_kind (OHM_CLOCK_REMOTE);
  self = g_new0 (OhmClockRemote, 1);
  self->clock = clock;
  self->fd = -1;
  ohm_clock_attach_remote (clock, self);
  if (!ohm_clock_remote_connect (self, path, error))
    return NULL;
  if (!ohm_clock_remote_greet (self, name))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED,
                   "test clock '%s': expected a line 'time WALL MONO SYNC'", path);
      return NULL;
    }
  ohm_clock_remote_attach (self);
  return g_steal_pointer (&clock);
}
