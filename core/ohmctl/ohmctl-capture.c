/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ohmctl-capture-file.h"
#include "ohmctl-capture-line.h"
#include "ohmctl-capture-out.h"
#include "ohmctl-connection.h"
#include "ohmctl-object.h"
#include "ohmctl-pcap.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

#define READ_BYTES 65536

/**
 * OhmctlCapture:
 * @context: the daemon
 * @link: (owned): id of the link
 * @meter: (owned) (nullable): whose frames are wanted; %NULL for all of a link with several
 * @unit: its unit id; -1 for all
 * @is_filtered: whether frames of other units are left out
 * @fd: where events come from; -1 when they have ended
 * @input: (owned): what came and is not a whole event yet
 * @exchanges: (owned): puts them together
 * @pcap: file of `--pcap`
 * @recording: file of `--capture`
 * @begin_us: when the recording began; 0 before the first exchange
 * @is_quiet: whether a file goes to the standard output instead of lines
 * @day: of the last line
 * @n_shown: exchanges so far
 * @loop: (owned): runs until it ends
 * @error: (owned) (nullable): why it ended
 */
typedef struct
{
  OhmctlContext *context;
  char *link;
  OhmctlObject *meter;
  int unit;
  gboolean is_filtered;
  gboolean is_live;
  int fd;
  GByteArray *input;
  OhmctlExchanges *exchanges;
  OhmctlCaptureOut pcap;
  OhmctlCaptureOut recording;
  gint64 begin_us;
  gboolean is_quiet;
  int day;
  guint n_shown;
  GMainLoop *loop;
  GError *error;
} OhmctlCapture;

static void
ohmctl_capture_free (OhmctlCapture *self)
{
  if (self->fd >= 0)
    close (self->fd);
  ohmctl_capture_out_clear (&self->pcap);
  ohmctl_capture_out_clear (&self->recording);
  g_clear_pointer (&self->exchanges, ohmctl_exchanges_free);
  g_clear_pointer (&self->meter, ohmctl_object_free);
  g_byte_array_unref (self->input);
  g_main_loop_unref (self->loop);
  g_clear_error (&self->error);
  g_free (self->link);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlCapture, ohmctl_capture_free)

/* --- what is shown and written --- */

static void
ohmctl_capture_write_pcap (OhmctlCapture *self, const OhmFrameEvent *event)
{
  g_autoptr (GByteArray) packet = g_byte_array_new ();

  ohmctl_pcap_add (packet, event);
  fwrite (packet->data, 1, packet->len, self->pcap.file);
}

static void
ohmctl_capture_write_recording (OhmctlCapture *self, const OhmctlExchange *exchange)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (self->begin_us == 0)
    self->begin_us = exchange->time_us;
  ohmctl_capture_file_add (text, self->begin_us, exchange);
  fputs (text->str, self->recording.file);
}

/* Lines carry no date: one of its own begins each day. */
static void
ohmctl_capture_print_day (OhmctlCapture *self, gint64 us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc,
                                                         ohmctl_context_get_zone (self->context));
  g_autofree char *day = g_date_time_format (local, "%Y-%m-%d %Z");
  g_autofree char *header = ohmctl_capture_line_dup_header ();

  if (self->day == g_date_time_get_day_of_year (local))
    return;
  if (self->day == 0)
    ohmctl_printf ("%s: %s\n%s\n", self->link, day, header);
  else
    ohmctl_printf ("%s\n", day);
  self->day = g_date_time_get_day_of_year (local);
}

static void
ohmctl_capture_print (OhmctlCapture *self, const OhmctlExchange *exchange)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autofree char *line = NULL;

  if (self->is_quiet)
    return;
  if (self->context->is_json)
    {
      ohmctl_capture_line_write (json, exchange);
      ohmctl_print_json (json);
      return;
    }
  ohmctl_capture_print_day (self, exchange->time_us);
  line = ohmctl_capture_line_dup (self->context, exchange);
  ohmctl_printf ("%s\n", line);
}

static void
ohmctl_capture_on_exchange (const OhmctlExchange *exchange, gpointer data)
{
  OhmctlCapture *self = data;

  if (self->is_filtered && exchange->unit >= 0 && exchange->unit != self->unit)
    return;
  self->n_shown++;
  ohmctl_capture_print (self, exchange);
  if (self->recording.file != NULL)
    ohmctl_capture_write_recording (self, exchange);
}

static void
ohmctl_capture_take_event (OhmctlCapture *self, const OhmFrameEvent *event)
{
  int unit = ohmctl_frame_get_unit (event->framing, event->bytes, event->length);

  if (self->pcap.file != NULL && (!self->is_filtered || unit == self->unit))
    ohmctl_capture_write_pcap (self, event);
  ohmctl_exchanges_take (self->exchanges, event);
}

/* --- what comes --- */

static void
ohmctl_capture_fail (OhmctlCapture *self, GError *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  g_main_loop_quit (self->loop);
}

static void
ohmctl_capture_parse (OhmctlCapture *self)
{
  GError *error = NULL;
  gsize at = 0;
  gsize used = 0;

  do
    {
      OhmFrameEvent event;

      if (!ohm_frame_event_unpack (self->input->data + at, self->input->len - at, &event, &used,
                                   &error))
        {
          ohmctl_capture_fail (self, error);
          return;
        }
      if (used > 0)
        ohmctl_capture_take_event (self, &event);
      at += used;
    }
  while (used > 0);
  g_byte_array_remove_range (self->input, 0, (guint) at);
}

static void
ohmctl_capture_flush (OhmctlCapture *self)
{
  if (!ohmctl_capture_out_flush (&self->pcap) || !ohmctl_capture_out_flush (&self->recording))
    ohmctl_capture_fail (self, g_error_new (OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
                                            "cannot write the file: %s", g_strerror (errno)));
  if (fflush (stdout) != 0)
    g_main_loop_quit (self->loop); /* told by who runs us */
}

/* The daemon closes the stream when it ends or the link goes. */
static void
ohmctl_capture_end (OhmctlCapture *self)
{
  if (self->is_live)
    ohmctl_capture_fail (self, g_error_new (OHMCTL_ERROR, OHMCTL_EXIT_NO_DAEMON,
                                            "the capture ended: ohmd was stopped, or link '%s' is "
                                            "no longer configured",
                                            self->link));
  g_main_loop_quit (self->loop);
}

static gboolean
ohmctl_capture_on_readable (int fd, GIOCondition condition, gpointer data)
{
  OhmctlCapture *self = data;
  guint8 bytes[READ_BYTES];
  gssize n;

  do
    n = read (fd, bytes, sizeof bytes);
  while (n < 0 && errno == EINTR);
  if (n <= 0)
    {
      ohmctl_capture_end (self);
      return G_SOURCE_CONTINUE; /* taken out by who waits */
    }
  g_byte_array_append (self->input, bytes, (guint) n);
  ohmctl_capture_parse (self);
  ohmctl_capture_flush (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
ohmctl_capture_on_stop (gpointer data)
{
  g_main_loop_quit (((OhmctlCapture *) data)->loop);
  return G_SOURCE_CONTINUE;
}

/* --- what is asked for --- */

static gboolean
ohmctl_capture_take_link (OhmctlCapture *self, OhmctlObject *link)
{
  g_autoptr (GVariant) meters = ohmctl_object_variant (link, "Meters", "as");
  const char *only;

  self->link = g_strdup (ohmctl_object_get_id (link));
  if (meters == NULL || g_variant_n_children (meters) != 1)
    return TRUE;
  g_variant_get_child (meters, 0, "&s", &only);
  self->meter = ohmctl_object_get (self->context, OHMCTL_KIND_METER, only, /* error */ NULL);
  return TRUE;
}

static gboolean
ohmctl_capture_take_meter (OhmctlCapture *self, OhmctlObject *meter, GError **error)
{
  self->meter = ohmctl_object_copy (meter);
  self->link = g_strdup (ohmctl_object_string (meter, "Link"));
  self->is_filtered = TRUE;
  if (*self->link != '\0')
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "meter '%s' has no link",
               ohmctl_object_get_id (meter));
  return FALSE;
}

static OhmctlObject *
ohmctl_capture_find (GPtrArray *objects, const char *id)
{
  for (guint i = 0; i < objects->len; i++)
    if (strcmp (ohmctl_object_get_id (objects->pdata[i]), id) == 0)
      return objects->pdata[i];
  return NULL;
}

static void
ohmctl_capture_add_ids (GPtrArray *words, GPtrArray *objects)
{
  for (guint i = 0; i < objects->len; i++)
    ohmctl_words_add (words, ohmctl_object_get_id (objects->pdata[i]));
}

/* A link, or a meter on one. */
static gboolean
ohmctl_capture_take_target (OhmctlCapture *self, const char *id, GError **error)
{
  g_autoptr (OhmctlObjects) all = ohmctl_objects_get (self->context, error);
  g_autoptr (GPtrArray) known = ohmctl_words_new ();
  OhmctlObject *link;
  OhmctlObject *meter;

  if (all == NULL)
    return FALSE;
  link = ohmctl_capture_find (all->of[OHMCTL_KIND_LINK], id);
  meter = ohmctl_capture_find (all->of[OHMCTL_KIND_METER], id);
  if (link != NULL)
    return ohmctl_capture_take_link (self, link);
  if (meter != NULL)
    return ohmctl_capture_take_meter (self, meter, error);
  ohmctl_capture_add_ids (known, all->of[OHMCTL_KIND_LINK]);
  ohmctl_capture_add_ids (known, all->of[OHMCTL_KIND_METER]);
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "link or meter", id,
                            ohmctl_words_end (known));
  return FALSE;
}

static void
ohmctl_capture_begin_pcap (OhmctlCapture *self)
{
  g_autoptr (GByteArray) header = g_byte_array_new ();

  ohmctl_pcap_begin (header);
  ohmctl_capture_out_begin (&self->pcap, header->data, header->len);
}

/* (transfer full): `UMG 96RM, firmware 207, serial 70123462, by ohmctl 0.1` */
static char *
ohmctl_capture_dup_origin (OhmctlCapture *self)
{
  static const char *const names[] = { "model", "firmware", "serial" };
  g_autoptr (GVariant) facts = ohmctl_object_variant (self->meter, "Facts", "a{ss}");
  g_autoptr (GString) origin = g_string_new (NULL);
  const char *text;

  for (guint i = 0; facts != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_variant_lookup (facts, names[i], "&s", &text))
      g_string_append_printf (origin, "%s%s%s, ", i > 0 ? names[i] : "", i > 0 ? " " : "", text);
  g_string_append (origin, "recorded by ohmctl " PACKAGE_VERSION);
  return g_string_free (g_steal_pointer (&origin), FALSE);
}

static void
ohmctl_capture_begin_recording (OhmctlCapture *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *origin = ohmctl_capture_dup_origin (self);
  OhmctlCaptureHeader header = {
    .profile = ohmctl_object_string (self->meter, "Type"),
    .origin = origin,
    .unit = (guint) self->unit,
  };

  self->is_filtered = TRUE;
  ohmctl_capture_file_begin (text, &header);
  ohmctl_capture_out_begin (&self->recording, text->str, text->len);
}

static gboolean
ohmctl_capture_is_stdout (const char *name)
{
  return g_strcmp0 (name, "-") == 0;
}

/* What is not to be begun at all. */
static gboolean
ohmctl_capture_check (OhmctlCapture *self, OhmctlArgs *args, GError **error)
{
  const char *recording = ohmctl_args_get (args, "capture");

  if (ohmctl_capture_is_stdout (ohmctl_args_get (args, "pcap")) &&
      ohmctl_capture_is_stdout (recording))
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "only one of --pcap and --capture can go to the standard output");
  else if (self->meter == NULL && recording != NULL)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "a .capture holds one meter: name one of those on link '%s'", self->link);
  else if (self->meter == NULL && ohmctl_args_has (args, "survey"))
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                 "--survey asks one meter: name one of those on link '%s'", self->link);
  else
    return TRUE;
  return FALSE;
}

/* None is begun before all are open. */
static gboolean
ohmctl_capture_begin_files (OhmctlCapture *self, OhmctlArgs *args, GError **error)
{
  const char *pcap = ohmctl_args_get (args, "pcap");
  const char *recording = ohmctl_args_get (args, "capture");

  if ((pcap != NULL && !ohmctl_capture_out_open (&self->pcap, pcap, error)) ||
      (recording != NULL && !ohmctl_capture_out_open (&self->recording, recording, error)))
    return FALSE;
  self->is_quiet = ohmctl_capture_is_stdout (pcap) || ohmctl_capture_is_stdout (recording);
  if (pcap != NULL)
    ohmctl_capture_begin_pcap (self);
  if (recording != NULL)
    ohmctl_capture_begin_recording (self);
  return TRUE;
}

static gboolean
ohmctl_capture_open (OhmctlCapture *self, gint64 last_us, GError **error)
{
  g_autofree char *path = ohmctl_connection_dup_path ("links", self->link);
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, "last", "x", last_us);
  g_variant_dict_insert (&options, "live", "b", self->is_live);
  self->fd = ohmctl_connection_call_stream (self->context, path, "Link.Capture",
                                            g_variant_new ("(@a{sv})",
                                                           g_variant_dict_end (&options)),
                                            error);
  return self->fd >= 0;
}

static gboolean
ohmctl_capture_survey (OhmctlCapture *self, GError **error)
{
  g_autoptr (GVariant) reply = NULL;

  reply = ohmctl_connection_call (self->context, ohmctl_object_get_path (self->meter),
                                  "Meter.Survey", g_variant_new ("(a{sv})", NULL), "()", error);
  return reply != NULL;
}

static gboolean
ohmctl_capture_listen (OhmctlCapture *self, gint64 for_us, GError **error)
{
  guint interrupt = g_unix_signal_add (SIGINT, ohmctl_capture_on_stop, self);
  guint terminate = g_unix_signal_add (SIGTERM, ohmctl_capture_on_stop, self);
  guint readable = g_unix_fd_add (self->fd, G_IO_IN | G_IO_HUP, ohmctl_capture_on_readable, self);
  guint timer = 0;

  if (for_us > 0)
    timer = g_timeout_add ((guint) (for_us / 1000), ohmctl_capture_on_stop, self);
  g_main_loop_run (self->loop);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_source_remove (readable);
  g_clear_handle_id (&timer, g_source_remove);
  if (self->n_shown == 0 && !self->is_quiet && !self->context->is_json)
    ohmctl_print ("nothing was sent in this time\n");
  ohmctl_capture_flush (self);
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

static OhmctlCapture *
ohmctl_capture_new (OhmctlContext *context)
{
  OhmctlCapture *self = g_new0 (OhmctlCapture, 1);

  self->context = context;
  self->fd = -1;
  self->unit = -1;
  self->input = g_byte_array_new ();
  self->exchanges = ohmctl_exchanges_new (ohmctl_capture_on_exchange, self);
  self->loop = g_main_loop_new (/* context */ NULL, FALSE);
  return self;
}

/* A time of none would be as long as without the option. */
static gboolean
ohmctl_capture_get_time (OhmctlArgs *args, const char *option, gint64 *ret_us, GError **error)
{
  if (!ohmctl_args_get_duration_us (args, option, ret_us, error))
    return FALSE;
  if (!ohmctl_args_has (args, option) || *ret_us > 0)
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "--%s: expected more than no time", option);
  return FALSE;
}

static gboolean
ohmctl_capture_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlCapture) self = ohmctl_capture_new (context);
  gint64 last_us = 0;
  gint64 for_us = 0;

  if (!ohmctl_capture_get_time (args, "last", &last_us, error) ||
      !ohmctl_capture_get_time (args, "for", &for_us, error) ||
      !ohmctl_capture_take_target (self, ohmctl_args_word (args, 0), error))
    return FALSE;
  if (self->meter != NULL)
    self->unit = (int) ohmctl_object_integer (self->meter, "Unit");
  self->is_live = last_us == 0 || for_us > 0 || ohmctl_args_has (args, "follow");
  if (!ohmctl_capture_check (self, args, error) || !ohmctl_capture_open (self, last_us, error) ||
      (ohmctl_args_has (args, "survey") && !ohmctl_capture_survey (self, error)) ||
      !ohmctl_capture_begin_files (self, args, error))
    return FALSE;
  return ohmctl_capture_listen (self, for_us, error);
}

static const OhmctlOption ohmctl_capture_options[] = {
  { "last", "DURATION", "show the frames of this time and end: 5min" },
  { "follow", NULL, "with --last: go on with what happens" },
  { "for", "DURATION", "end after this time; without it at Ctrl-C" },
  { "survey", NULL, "ask the meter anew what it is, so that the recording holds it" },
  { "pcap", "FILE", "write the frames for Wireshark ('-' for 'wireshark -k -i -')",
    OHMCTL_WORD_FILE },
  { "capture", "FILE", "write a recording of one meter, to be played by ohm-sim or a test ('-')",
    OHMCTL_WORD_FILE },
  { NULL },
};

const OhmctlVerb ohmctl_capture_verbs[] = {
  {
    .verb = "capture",
    .words = "LINK|METER",
    .summary = "show and record the frames on a link as they are sent and answered",
    .text =
      "A line for each request: when it was sent, unit, function, first register as on the wire "
      "(0-based), registers, how long the answer took, and the answer in hexadecimal words or what "
      "went wrong. A meter's name shows its frames alone. The daemon keeps the last minutes of all "
      "links (frame-log-limit and frame-log-time of ohmd.conf); nothing more is asked of a meter "
      "because somebody looks, except with --survey.\n\n"
      "A recording holds what the meter sends: values, serial number, names of inputs. Modbus "
      "carries no passwords. Addresses of your network are not in it.",
    .examples = "ohmctl capture main\n"
                "ohmctl capture 192.0.2.10:502 --last=5min\n"
                "ohmctl capture main --survey --for=70s --capture=main.capture\n"
                "ohmctl capture main --pcap=main.pcap\n",
    .options = ohmctl_capture_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER_OR_LINK },
    .run = ohmctl_capture_run,
  },
  { NULL },
};
