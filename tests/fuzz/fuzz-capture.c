/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: the text of a `.capture`. What is accepted has all that a recording needs; a device made
 * of it answers any request, and only with what was recorded. */

#include "config.h"

#include "fuzz.h"
#include "ohm-replay-device.h"

static void
fuzz_ask (OhmReplayDevice *device, const OhmRequest *request)
{
  guint8 buffer[2 * OHM_READ_REGISTERS_MAX];
  OhmReply reply = { 0 };

  ohm_replay_device_answer (device, request, buffer, &reply);
  g_assert_cmpuint (reply.unit, ==, request->unit);
  g_assert_cmpuint (reply.address, ==, request->address);
  g_assert_cmpuint (reply.length, ==, reply.exception == 0 ? 2u * request->count : 0);
}

/* What was read can be read again, unless a later refusal of the whole function took it back. */
static void
fuzz_device (const OhmCapture *capture)
{
  const OhmRequest last = { .unit = 1, .function = 3, .address = 65535, .count = 125 };
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmReplayDevice) device = ohm_replay_device_new (capture, &error);

  g_assert_true ((device != NULL) != (error != NULL));
  if (device == NULL)
    return;
  fuzz_ask (device, &last);
  ohm_replay_device_rewind (device, capture);
  for (guint i = 0; i < capture->exchanges->len; i++)
    {
      const OhmCaptureExchange *exchange = g_ptr_array_index (capture->exchanges, i);
      OhmRequest request;

      ohm_replay_device_advance (device, capture, exchange->time_us);
      if (ohm_capture_get_request (exchange, &request))
        fuzz_ask (device, &request);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) (gconstpointer) data : "", size);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCapture) capture = ohm_capture_parse (text, &error);

  g_assert_true ((capture != NULL) != (error != NULL));
  if (capture == NULL)
    {
      g_assert_true (g_str_has_prefix (error->message, "line "));
      return 0;
    }
  g_assert_nonnull (capture->profile);
  g_assert_nonnull (capture->origin);
  g_assert_cmpuint (capture->exchanges->len, >, 0);
  fuzz_device (capture);
  return 0;
}
