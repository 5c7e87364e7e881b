/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "modbus-rtu-fixture.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* Nothing here takes longer than this in simulated time. */
#define LIMIT_US (10 * (gint64) G_USEC_PER_SEC)

const OhmRequest test_rtu_request = { .unit = 5, .function = 3, .address = 100, .count = 2 };
const OhmRequest test_rtu_other = { .unit = 6, .function = 4, .address = 200, .count = 1 };
const guint8 test_rtu_registers[] = { 0x12, 0x34, 0x56, 0x78 };

/* A pseudo-terminal hands bytes on in its own time: none may be under way when the clock moves. */
static void
test_rtu_settle (OhmTestRtu *fixture)
{
  const OhmSimLineCounters *line = ohm_sim_line_get_counters (fixture->line);

  ohm_test_time_spin (fixture->time);
  while (fixture->transport != NULL && ohm_transport_is_open (fixture->transport) &&
         ohm_sim_line_get_device (fixture->line) != NULL)
    {
      const OhmTransportCounters *ours = ohm_transport_get_counters (fixture->transport);

      if (line->taken - fixture->base_out >= ours->bytes_out &&
          line->given - fixture->base_in <= ours->bytes_in)
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  ohm_test_time_spin (fixture->time);
}

static void
test_rtu_hop (OhmTestRtu *fixture, gint64 end_us)
{
  OhmClock *clock = fixture->time->clock;
  gint64 now_us = ohm_clock_get_mono_us (clock);
  gint64 next_us = ohm_clock_get_next (clock);

  next_us = next_us < 0 ? end_us : CLAMP (next_us, now_us, end_us);
  ohm_clock_move (clock, ohm_clock_get_wall_us (clock) + next_us - now_us, next_us);
  test_rtu_settle (fixture);
}

void
test_rtu_pass (OhmTestRtu *fixture, gint64 us)
{
  gint64 end_us = ohm_test_time_mono (fixture->time) + us;

  test_rtu_settle (fixture);
  while (ohm_test_time_mono (fixture->time) < end_us)
    test_rtu_hop (fixture, end_us);
}

static void
test_rtu_on_heard (const guint8 *bytes,
                   gsize length,
                   gint64 began_us,
                   gint64 ended_us,
                   gpointer user_data)
{
  OhmTestRtu *fixture = user_data;

  g_assert_cmpint (began_us, <=, ended_us);
  g_byte_array_append (fixture->heard, bytes, (guint) length);
  fixture->heard_us = ended_us;
}

static void
test_rtu_on_closed (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmTestRtu *fixture = user_data;

  g_assert_false (ohm_transport_is_open (transport));
  fixture->n_closed++;
  g_clear_error (&fixture->closed_error);
  fixture->closed_error = g_error_copy (error);
}

OhmTransport *
test_rtu_new_transport (OhmTestRtu *fixture, const char *device, const char *more)
{
  const OhmSettingSpec *tables[] = { NULL, NULL };
  g_autoptr (OhmTransportClass) klass = g_type_class_ref (OHM_TYPE_MODBUS_RTU_TRANSPORT);
  g_autofree char *text = g_strdup_printf ("[link]\ndevice = %s\n%s", device, more);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.link", text, strlen (text), NULL);
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  tables[0] = klass->settings_table;
  settings = ohm_settings_new (keyfile, "link", tables, &error);
  g_assert_no_error (error);
  return ohm_transport_new (OHM_TYPE_MODBUS_RTU_TRANSPORT, settings, fixture->time->watcher);
}

void
test_rtu_setup (OhmTestRtu *fixture, gconstpointer more)
{
  g_autoptr (GError) error = NULL;

  alarm (60);
  fixture->time = ohm_test_time_new (0);
  fixture->heard = g_byte_array_new ();
  fixture->folder = g_dir_make_tmp ("ohm-rtu-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->device = g_build_filename (fixture->folder, "usb-adapter", NULL);
  fixture->line = ohm_sim_line_new (fixture->time->watcher, test_rtu_on_heard, fixture);
  ohm_sim_line_plug (fixture->line, fixture->device, &error);
  g_assert_no_error (error);
  fixture->transport = test_rtu_new_transport (fixture, fixture->device, more != NULL ? more : "");
  ohm_sim_line_get_traits (fixture->line)->baud = ohm_transport_get_baud (fixture->transport);
  ohm_sim_line_get_traits (fixture->line)->is_strict = TRUE;
  ohm_transport_set_handlers (fixture->transport, NULL, test_rtu_on_closed, fixture);
}

void
test_rtu_teardown (OhmTestRtu *fixture, gconstpointer more)
{
  if (fixture->transport != NULL)
    g_assert_finalize_object (fixture->transport);
  ohm_sim_line_free (fixture->line);
  ohm_test_time_free (fixture->time);
  g_byte_array_unref (fixture->heard);
  g_clear_error (&fixture->open_error);
  g_clear_error (&fixture->closed_error);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->device);
  alarm (0);
}

void
test_rtu_add (const char *name,
              const char *more,
              void (*func) (OhmTestRtu *fixture, gconstpointer more))
{
  g_autofree char *path = g_strconcat ("/modbus-rtu/", name, NULL);

  g_test_add (path, OhmTestRtu, more, test_rtu_setup, func, test_rtu_teardown);
}

static void
test_rtu_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmTestRtu *fixture = user_data;

  g_assert_false (fixture->is_opened);
  g_assert_true (ohm_transport_is_open (transport) == (error == NULL));
  fixture->is_opened = TRUE;
  g_clear_error (&fixture->open_error);
  if (error != NULL)
    fixture->open_error = g_error_copy (error);
}

static void
test_rtu_try_open (OhmTestRtu *fixture)
{
  const OhmSimLineCounters *line = ohm_sim_line_get_counters (fixture->line);
  const OhmTransportCounters *ours = ohm_transport_get_counters (fixture->transport);

  fixture->is_opened = FALSE;
  fixture->base_out = line->taken - ours->bytes_out;
  fixture->base_in = line->given - ours->bytes_in;
  ohm_transport_open (fixture->transport, ohm_test_time_mono (fixture->time) + LIMIT_US,
                      test_rtu_on_opened, fixture);
  g_assert_false (fixture->is_opened);
  ohm_test_time_spin (fixture->time);
  g_assert_true (fixture->is_opened);
}

void
test_rtu_open (OhmTestRtu *fixture)
{
  test_rtu_try_open (fixture);
  g_assert_no_error (fixture->open_error);
}

GError *
test_rtu_fail_open (OhmTestRtu *fixture)
{
  test_rtu_try_open (fixture);
  g_assert_error (fixture->open_error, OHM_ERROR, OHM_ERROR_LINK);
  return g_steal_pointer (&fixture->open_error);
}

static void
test_rtu_on_done (OhmTransport *transport,
                  const OhmReply *reply,
                  const GError *error,
                  gpointer user_data)
{
  OhmTestRtuResult *result = user_data;
  OhmTestRtu *fixture = result->fixture;

  g_assert_true ((reply != NULL) != (error != NULL));
  result->n_done++;
  result->done_us = ohm_test_time_mono (fixture->time);
  if (reply != NULL)
    {
      result->reply = *reply;
      result->first = ohm_reply_get_register (reply, 0);
    }
  else
    {
      g_clear_error (&result->error);
      result->error = g_error_copy (error);
    }
  if (result->closes)
    ohm_transport_close (transport);
  if (result->disposes)
    g_clear_object (&fixture->transport);
  if (result->next != NULL)
    test_rtu_ask (fixture, result->next, result->other);
}

void
test_rtu_ask_with (OhmTestRtu *fixture,
                   const OhmRequest *request,
                   OhmModbusQuirks quirks,
                   OhmTestRtuResult *result)
{
  const OhmTransportOptions options = { quirks };

  result->fixture = fixture;
  result->n_done = 0;
  ohm_transport_exchange (fixture->transport, request, &options,
                          ohm_test_time_mono (fixture->time) + G_USEC_PER_SEC, test_rtu_on_done,
                          result);
  g_assert_cmpuint (result->n_done, ==, 0);
}

void
test_rtu_ask (OhmTestRtu *fixture, const OhmRequest *request, OhmTestRtuResult *result)
{
  test_rtu_ask_with (fixture, request, OHM_MODBUS_STRICT, result);
}

OhmRequest
test_rtu_serve (OhmTestRtu *fixture)
{
  gint64 end_us = ohm_test_time_mono (fixture->time) + LIMIT_US;
  g_autoptr (GError) error = NULL;
  OhmRequest request = { 0 };
  gsize length = 0;
  guint16 tid = 0;

  test_rtu_settle (fixture);
  while (ohm_modbus_delimit_request (OHM_FRAMING_RTU, fixture->heard->data, fixture->heard->len,
                                     &length) != OHM_FRAME_COMPLETE)
    {
      g_assert_cmpint (ohm_test_time_mono (fixture->time), <, end_us);
      test_rtu_hop (fixture, end_us);
    }
  g_assert_cmpuint (fixture->heard->len, ==, length);
  g_assert_true (ohm_modbus_decode_request (OHM_FRAMING_RTU, fixture->heard->data, length, &request,
                                            &tid, &error));
  g_byte_array_set_size (fixture->heard, 0);
  return request;
}

gsize
test_rtu_make_answer (const OhmRequest *request, guint8 *frame)
{
  return ohm_modbus_encode_reply (OHM_FRAMING_RTU, request, 0, 0, test_rtu_registers, frame);
}

void
test_rtu_send (OhmTestRtu *fixture, const void *bytes, gsize length)
{
  gint64 at_us = fixture->heard_us +
                 ohm_sim_line_get_silence_us (ohm_sim_line_get_traits (fixture->line));

  ohm_sim_line_send (fixture->line, bytes, length, MAX (at_us, ohm_test_time_mono (fixture->time)));
}

void
test_rtu_answer (OhmTestRtu *fixture, const OhmRequest *request)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];

  test_rtu_send (fixture, frame, test_rtu_make_answer (request, frame));
}

void
test_rtu_wait (OhmTestRtu *fixture, OhmTestRtuResult *result)
{
  gint64 end_us = ohm_test_time_mono (fixture->time) + LIMIT_US;

  test_rtu_settle (fixture);
  while (result->n_done == 0)
    {
      g_assert_cmpint (ohm_test_time_mono (fixture->time), <, end_us);
      test_rtu_hop (fixture, end_us);
    }
  g_assert_cmpuint (result->n_done, ==, 1);
}

void
test_rtu_assert_answered (OhmTestRtu *fixture, OhmTestRtuResult *result)
{
  test_rtu_wait (fixture, result);
  g_assert_no_error (result->error);
  g_assert_cmpuint (result->reply.exception, ==, 0);
  g_assert_cmphex (result->first, ==, 0x1234);
}

void
test_rtu_assert_failed (OhmTestRtu *fixture,
                        OhmTestRtuResult *result,
                        int code,
                        const char *message_code)
{
  g_autoptr (OhmMessage) message = NULL;

  test_rtu_wait (fixture, result);
  g_assert_error (result->error, OHM_ERROR, code);
  message = ohm_message_new_from_error (result->error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, message_code);
  g_clear_error (&result->error);
}

void
test_rtu_assert_usable (OhmTestRtu *fixture)
{
  OhmTestRtuResult result = { 0 };
  OhmRequest request;

  g_byte_array_set_size (fixture->heard, 0);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  request = test_rtu_serve (fixture);
  g_assert_cmpuint (request.address, ==, test_rtu_request.address);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
}
