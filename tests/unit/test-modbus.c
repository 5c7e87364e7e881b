/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-modbus.h"
#include "ohm-test-log.h"

static const OhmFraming framings[] = { OHM_FRAMING_TCP, OHM_FRAMING_RTU };

static const OhmRequest requests[] = {
  { .unit = 1, .function = 3, .address = 19000, .count = 122 },
  { .unit = 247, .function = 4, .address = 0, .count = 1 },
  { .unit = 1, .function = 3, .address = 65411, .count = 125 },
  { .unit = 17, .function = 6, .address = 500, .count = 1, .values = { 0x1234 } },
  { .unit = 2, .function = 16, .address = 1000, .count = 3, .values = { 1, 2, 0xffff } },
  { .unit = 255, .function = 16, .address = 0, .count = 123 },
};

static void
fixture_assert_bytes (const guint8 *bytes, gsize length, const char *hex)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%s%02x", i > 0 ? " " : "", bytes[i]);
  g_assert_cmpstr (text->str, ==, hex);
}

/* The examples of Modbus Application Protocol V1.1b3, 6.3, 6.4, 6.6 and 6.12, framed for TCP. */
static void
test_modbus_known_requests (void)
{
  OhmRequest request = { .unit = 0x11, .function = 3, .address = 0x6b, .count = 3 };
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length;

  length = ohm_modbus_encode_request (OHM_FRAMING_TCP, &request, 0x1501, bytes);
  fixture_assert_bytes (bytes, length, "15 01 00 00 00 06 11 03 00 6b 00 03");
  g_assert_cmpint (ohm_modbus_get_tid (bytes), ==, 0x1501);
  request = (OhmRequest){ .unit = 0x11, .function = 4, .address = 8, .count = 1 };
  length = ohm_modbus_encode_request (OHM_FRAMING_TCP, &request, 1, bytes);
  fixture_assert_bytes (bytes, length, "00 01 00 00 00 06 11 04 00 08 00 01");
  request = (OhmRequest){ .unit = 0x11, .function = 6, .address = 1, .count = 1, .values = { 3 } };
  length = ohm_modbus_encode_request (OHM_FRAMING_TCP, &request, 1, bytes);
  fixture_assert_bytes (bytes, length, "00 01 00 00 00 06 11 06 00 01 00 03");
  request = (OhmRequest){
    .unit = 0x11, .function = 16, .address = 1, .count = 2, .values = { 0x000a, 0x0102 }
  };
  length = ohm_modbus_encode_request (OHM_FRAMING_TCP, &request, 1, bytes);
  fixture_assert_bytes (bytes, length, "00 01 00 00 00 0b 11 10 00 01 00 02 04 00 0a 01 02");
  length = ohm_modbus_encode_request (OHM_FRAMING_RTU, &request, 1, bytes);
  fixture_assert_bytes (bytes, length, "11 10 00 01 00 02 04 00 0a 01 02 c6 f0");
}

static void
test_modbus_invalid_requests (void)
{
  static const OhmRequest invalid[] = {
    { .function = 0, .count = 1 },
    { .function = 1, .count = 1 },
    { .function = 5, .count = 1 },
    { .function = 0x83, .count = 1 },
    { .function = 3, .count = 0 },
    { .function = 3, .count = 126 },
    { .function = 4, .count = 65535 },
    { .function = 3, .address = 65535, .count = 2 },
    { .function = 4, .address = 65412, .count = 125 },
    { .function = 6, .count = 0 },
    { .function = 6, .count = 2 },
    { .function = 16, .count = 0 },
    { .function = 16, .count = 124 },
    { .function = 16, .address = 65535, .count = 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    for (guint f = 0; f < G_N_ELEMENTS (framings); f++)
      {
        guint8 bytes[OHM_MODBUS_TCP_MAX];
        OhmReply reply;
        g_autoptr (GError) error = NULL;

        memset (bytes, 0xaa, sizeof bytes);
        g_assert_cmpuint (ohm_modbus_encode_request (framings[f], &invalid[i], 1, bytes), ==, 0);
        for (guint j = 0; j < sizeof bytes; j++)
          g_assert_cmpint (bytes[j], ==, 0xaa);
        g_assert_false (ohm_modbus_check_reply (framings[f], &invalid[i], 1, bytes, 9,
                                                OHM_MODBUS_STRICT, &reply, &error));
        g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
      }
}

/* The definition, bit by bit. */
static guint16
fixture_crc (const guint8 *bytes, gsize length)
{
  guint crc = 0xffff;

  for (gsize i = 0; i < length; i++)
    {
      crc ^= bytes[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = (crc & 1) != 0 ? crc >> 1 ^ 0xa001 : crc >> 1;
    }
  return (guint16) crc;
}

static void
test_modbus_crc (void)
{
  static const guint8 example[] = { 0x02, 0x07 }; /* over serial line V1.02, appendix B */
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  guint8 bytes[256];

  g_assert_cmphex (ohm_modbus_crc (example, sizeof example), ==, 0x1241);
  g_assert_cmphex (ohm_modbus_crc (NULL, 0), ==, 0xffff);
  for (guint round = 0; round < 2000; round++)
    {
      gsize length = (gsize) g_rand_int_range (rand, 0, sizeof bytes);

      for (gsize i = 0; i < length; i++)
        bytes[i] = (guint8) g_rand_int (rand);
      g_assert_cmphex (ohm_modbus_crc (bytes, length), ==, fixture_crc (bytes, length));
    }
}

/* A valid answer with registers 0, 1, 2, ... */
static gsize
fixture_make_reply (OhmFraming framing, const OhmRequest *request, guint8 exception, guint8 *bytes)
{
  guint8 registers[2 * OHM_READ_REGISTERS_MAX];

  for (guint i = 0; i < sizeof registers; i++)
    registers[i] = (guint8) (i % 2 == 0 ? 0x40 : i / 2);
  return ohm_modbus_encode_reply (framing, request, 0x0102, exception, registers, bytes);
}

static gboolean
fixture_check (OhmFraming framing,
               const OhmRequest *request,
               const guint8 *frame,
               gsize length,
               OhmModbusQuirks quirks,
               OhmReply *ret_reply)
{
  g_autoptr (GError) error = NULL;
  gboolean is_good = ohm_modbus_check_reply (framing, request, 0x0102, frame, length, quirks,
                                             ret_reply, &error);

  if (is_good)
    g_assert_no_error (error);
  else
    g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  return is_good;
}

static void
test_modbus_replies (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests) * G_N_ELEMENTS (framings); i++)
    {
      const OhmRequest *request = &requests[i / 2];
      OhmFraming framing = framings[i % 2];
      guint8 frame[OHM_MODBUS_TCP_MAX];
      gsize length = fixture_make_reply (framing, request, 0, frame);
      OhmReply reply;

      g_assert_cmpuint (length, ==, ohm_modbus_reply_bytes (framing, request));
      g_assert_true (fixture_check (framing, request, frame, length, OHM_MODBUS_STRICT, &reply));
      g_assert_cmpint (reply.unit, ==, request->unit);
      g_assert_cmpint (reply.function, ==, request->function);
      g_assert_cmpint (reply.exception, ==, 0);
      g_assert_cmpint (reply.address, ==, request->address);
      if (request->function == 16)
        g_assert_cmpuint (reply.length, ==, 0);
      else
        g_assert_cmpuint (reply.length, ==, 2u * request->count);
      if (request->function == 6)
        g_assert_cmpint (ohm_reply_get_register (&reply, 0), ==, request->values[0]);
      for (guint j = 0; request->function < 6 && j < request->count; j++)
        g_assert_cmpint (ohm_reply_get_register (&reply, j), ==, 0x4000 + j);
      g_assert_cmpint (ohm_reply_get_register (&reply, request->count), ==, 0);
    }
}

static void
test_modbus_exceptions (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests) * G_N_ELEMENTS (framings); i++)
    {
      const OhmRequest *request = &requests[i / 2];
      OhmFraming framing = framings[i % 2];
      guint8 frame[OHM_MODBUS_TCP_MAX];
      gsize length = fixture_make_reply (framing, request, 2, frame);
      gsize found;
      OhmReply reply;

      g_assert_cmpuint (length, ==, framing == OHM_FRAMING_TCP ? 9 : 5);
      g_assert_cmpint (ohm_modbus_delimit_reply (framing, frame, length, &found), ==,
                       OHM_FRAME_COMPLETE);
      g_assert_cmpuint (found, ==, length);
      g_assert_true (fixture_check (framing, request, frame, length, OHM_MODBUS_STRICT, &reply));
      g_assert_cmpint (reply.exception, ==, 2);
      g_assert_cmpint (reply.function, ==, request->function);
      g_assert_cmpuint (reply.length, ==, 0);
    }
}

static void
test_modbus_exception_names (void)
{
  g_assert_cmpstr (ohm_modbus_exception_to_string (1), ==, "illegal function");
  g_assert_cmpstr (ohm_modbus_exception_to_string (2), ==, "illegal data address");
  g_assert_cmpstr (ohm_modbus_exception_to_string (11), ==,
                   "gateway target device failed to respond");
  for (guint i = 0; i < 256; i++)
    g_assert_nonnull (ohm_modbus_exception_to_string ((guint8) i));
  for (guint i = 12; i < 256; i++)
    g_assert_cmpstr (ohm_modbus_exception_to_string ((guint8) i), ==, "exception code unknown");
  g_assert_cmpstr (ohm_modbus_exception_to_string (0), ==, "exception code unknown");
  g_assert_cmpstr (ohm_modbus_exception_to_string (9), ==, "exception code unknown");
}

/* One wrong field each, and the message names it. */
static void
test_modbus_mismatches (void)
{
  static const struct
  {
    guint request;
    guint offset;
    guint8 value;
    const char *field;
  } wrong[] = {
    { 0, 0, 9, "transaction id *" }, { 0, 1, 9, "transaction id *" },
    { 0, 2, 1, "protocol id *" },    { 0, 3, 1, "protocol id *" },
    { 0, 4, 1, "length field *" },   { 0, 5, 9, "length field *" },
    { 0, 6, 9, "unit *" },           { 0, 7, 4, "function *" },
    { 0, 7, 0x84, "function *" },    { 0, 7, 0x83, "length of the exception *" },
    { 0, 8, 9, "byte count *" },     { 3, 7, 16, "function *" },
    { 3, 8, 9, "echoed address *" }, { 3, 9, 9, "echoed address *" },
    { 3, 10, 9, "echoed value *" },  { 3, 11, 9, "echoed value *" },
    { 4, 9, 9, "echoed address *" }, { 4, 11, 9, "echoed count *" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      const OhmRequest *request = &requests[wrong[i].request];
      guint8 frame[OHM_MODBUS_TCP_MAX];
      gsize length = fixture_make_reply (OHM_FRAMING_TCP, request, 0, frame);
      OhmReply reply = { .unit = 77 };
      g_autoptr (GError) error = NULL;

      frame[wrong[i].offset] = wrong[i].value;
      g_assert_false (ohm_modbus_check_reply (OHM_FRAMING_TCP, request, 0x0102, frame, length,
                                              OHM_MODBUS_STRICT, &reply, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
      g_test_message ("%s", error->message);
      g_assert_true (g_pattern_match_simple (wrong[i].field, error->message));
      g_assert_cmpint (reply.unit, ==, 77);
    }
}

static void
test_modbus_quirks (void)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = fixture_make_reply (OHM_FRAMING_TCP, &requests[0], 0, frame);
  OhmReply reply;

  frame[0] = 9;
  g_assert_false (
    fixture_check (OHM_FRAMING_TCP, &requests[0], frame, length, OHM_MODBUS_ANY_UNIT, &reply));
  g_assert_true (
    fixture_check (OHM_FRAMING_TCP, &requests[0], frame, length, OHM_MODBUS_ANY_TID, &reply));
  frame[6] = 9;
  g_assert_false (
    fixture_check (OHM_FRAMING_TCP, &requests[0], frame, length, OHM_MODBUS_ANY_TID, &reply));
  g_assert_true (fixture_check (OHM_FRAMING_TCP, &requests[0], frame, length,
                                OHM_MODBUS_ANY_TID | OHM_MODBUS_ANY_UNIT, &reply));
  g_assert_cmpint (reply.unit, ==, 9);
}

/* Every prefix of a frame is incomplete and asks for no more than the frame has. */
static void
test_modbus_delimit (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests) * G_N_ELEMENTS (framings); i++)
    {
      const OhmRequest *request = &requests[i / 2];
      OhmFraming framing = framings[i % 2];
      guint8 bytes[2 * OHM_MODBUS_TCP_MAX] = { 0 };
      gsize found;
      gsize length = fixture_make_reply (framing, request, 0, bytes);

      for (gsize n = 0; n < length; n++)
        {
          g_assert_cmpint (ohm_modbus_delimit_reply (framing, bytes, n, &found), ==,
                           OHM_FRAME_INCOMPLETE);
          g_assert_cmpuint (found, >, n);
          g_assert_cmpuint (found, <=, length);
        }
      for (gsize n = length; n < length + 20; n++)
        {
          g_assert_cmpint (ohm_modbus_delimit_reply (framing, bytes, n, &found), ==,
                           OHM_FRAME_COMPLETE);
          g_assert_cmpuint (found, ==, length);
        }
      length = ohm_modbus_encode_request (framing, request, 1, bytes);
      for (gsize n = 0; n < length + 20; n++)
        {
          g_assert_cmpint (ohm_modbus_delimit_request (framing, bytes, n, &found), ==,
                           n < length ? OHM_FRAME_INCOMPLETE : OHM_FRAME_COMPLETE);
          g_assert_cmpuint (found, >, n < length ? n : 0);
          g_assert_cmpuint (found, <=, length);
        }
    }
}

static void
test_modbus_broken_streams (void)
{
  static const struct
  {
    OhmFraming framing;
    gboolean is_request;
    guint8 bytes[9];
    gsize length;
  } broken[] = {
    { OHM_FRAMING_TCP, FALSE, { 0, 1, 1 }, 3 },
    { OHM_FRAMING_TCP, FALSE, { 0, 1, 0, 1 }, 4 },
    { OHM_FRAMING_TCP, FALSE, { 0, 1, 0, 0, 0, 0 }, 6 },
    { OHM_FRAMING_TCP, FALSE, { 0, 1, 0, 0, 0, 2 }, 6 },
    { OHM_FRAMING_TCP, FALSE, { 0, 1, 0, 0, 0, 255 }, 6 },
    { OHM_FRAMING_TCP, FALSE, { 0, 1, 0, 0, 1, 0 }, 6 },
    { OHM_FRAMING_TCP, TRUE, { 0, 1, 0, 0, 0, 1 }, 6 },
    { OHM_FRAMING_TCP, TRUE, { 0, 1, 0, 0, 255, 255 }, 6 },
    { OHM_FRAMING_RTU, FALSE, { 1, 0 }, 2 },
    { OHM_FRAMING_RTU, FALSE, { 1, 1 }, 2 },
    { OHM_FRAMING_RTU, FALSE, { 1, 0x80 }, 2 },
    { OHM_FRAMING_RTU, FALSE, { 1, 0x81 }, 2 },
    { OHM_FRAMING_RTU, FALSE, { 1, 3, 0 }, 3 },
    { OHM_FRAMING_RTU, FALSE, { 1, 3, 3 }, 3 },
    { OHM_FRAMING_RTU, FALSE, { 1, 4, 252 }, 3 },
    { OHM_FRAMING_RTU, TRUE, { 1, 5 }, 2 },
    { OHM_FRAMING_RTU, TRUE, { 1, 0x83 }, 2 },
    { OHM_FRAMING_RTU, TRUE, { 1, 16, 0, 0, 0, 1, 3 }, 7 },
    { OHM_FRAMING_RTU, TRUE, { 1, 16, 0, 0, 0, 1, 0 }, 7 },
    { OHM_FRAMING_RTU, TRUE, { 1, 16, 0, 0, 0, 1, 248 }, 7 },
  };
  gsize found;

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    g_assert_cmpint ((broken[i].is_request ? ohm_modbus_delimit_request
                                           : ohm_modbus_delimit_reply) (broken[i].framing,
                                                                        broken[i].bytes,
                                                                        broken[i].length, &found),
                     ==, OHM_FRAME_BROKEN);
}

static void
test_modbus_decode_requests (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (requests) * G_N_ELEMENTS (framings); i++)
    {
      OhmFraming framing = framings[i % 2];
      guint8 frame[OHM_MODBUS_TCP_MAX];
      gsize length = ohm_modbus_encode_request (framing, &requests[i / 2], 0x0304, frame);
      OhmRequest request;
      guint16 tid;
      g_autoptr (GError) error = NULL;

      g_assert_true (ohm_modbus_decode_request (framing, frame, length, &request, &tid, &error));
      g_assert_no_error (error);
      g_assert_cmpint (tid, ==, framing == OHM_FRAMING_TCP ? 0x0304 : 0);
      g_assert_cmpint (request.unit, ==, requests[i / 2].unit);
      g_assert_cmpint (request.function, ==, requests[i / 2].function);
      g_assert_cmpint (request.address, ==, requests[i / 2].address);
      g_assert_cmpint (request.count, ==, requests[i / 2].count);
      g_assert_true (memcmp (request.values, requests[i / 2].values, sizeof request.values) == 0);
    }
}

static void
test_modbus_decode_refusals (void)
{
  static const struct
  {
    guint8 bytes[20];
    gsize length;
    int code;
  } refused[] = {
    { { 0, 7, 0, 0, 0, 6, 9, 3, 0, 0, 0, 1 }, 11, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 6, 9, 3, 0, 0, 0, 0 }, 12, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 6, 9, 3, 0, 0, 0, 126 }, 12, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 6, 9, 3, 255, 255, 0, 2 }, 12, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 7, 9, 3, 0, 0, 0, 1, 0 }, 13, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 4, 9, 3, 0, 0 }, 10, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 9, 9, 16, 0, 0, 0, 1, 4, 0, 0 }, 15, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 8, 9, 16, 0, 0, 0, 1, 2, 0 }, 14, OHM_ERROR_PROTOCOL },
    { { 0, 7, 0, 0, 0, 6, 9, 1, 0, 0, 0, 1 }, 12, OHM_ERROR_NOT_SUPPORTED },
    { { 0, 7, 0, 0, 0, 2, 9, 43 }, 8, OHM_ERROR_NOT_SUPPORTED },
    { { 0 }, 0, OHM_ERROR_PROTOCOL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      OhmRequest request = { .unit = 77 };
      guint16 tid = 88;
      g_autoptr (GError) error = NULL;

      g_assert_false (ohm_modbus_decode_request (OHM_FRAMING_TCP, refused[i].bytes,
                                                 refused[i].length, &request, &tid, &error));
      g_assert_error (error, OHM_ERROR, refused[i].code);
      g_assert_cmpint (request.unit, ==, refused[i].code == OHM_ERROR_PROTOCOL ? 77 : 9);
      g_assert_cmpint (tid, ==, refused[i].code == OHM_ERROR_PROTOCOL ? 88 : 7);
      if (refused[i].code == OHM_ERROR_NOT_SUPPORTED)
        g_assert_cmpint (request.function, ==, refused[i].bytes[7]);
    }
}

/* Exception 1 answers any function. */
static void
test_modbus_refuse_function (void)
{
  OhmRequest request = { .unit = 9, .function = 43 };
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, 7, 1, NULL, bytes);

  fixture_assert_bytes (bytes, length, "00 07 00 00 00 03 09 ab 01");
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*ohm_modbus_is_valid*");
  g_assert_cmpuint (ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, 7, 0, NULL, bytes), ==, 0);
}

static guint
fixture_get16 (const guint8 *bytes)
{
  return (guint) (bytes[0] << 8 | bytes[1]);
}

/* The specification of what answers a request, written a second time. */
static gboolean
fixture_is_answer (OhmFraming framing, const OhmRequest *request, const guint8 *frame, gsize length)
{
  gsize head = framing == OHM_FRAMING_TCP ? 7 : 1;
  gsize tail = framing == OHM_FRAMING_TCP ? 0 : 2;
  const guint8 *pdu = frame + head;
  gsize n = length - head - tail;

  if (length < head + tail + 2)
    return FALSE;
  if (framing == OHM_FRAMING_TCP &&
      (fixture_get16 (frame) != 0x0102 || fixture_get16 (frame + 2) != 0 ||
       fixture_get16 (frame + 4) != length - 6))
    return FALSE;
  if (framing == OHM_FRAMING_RTU &&
      fixture_crc (frame, length - 2) != (frame[length - 2] | frame[length - 1] << 8))
    return FALSE;
  if (frame[head - 1] != request->unit)
    return FALSE;
  if (pdu[0] == request->function + 0x80)
    return n == 2 && pdu[1] != 0;
  if (pdu[0] != request->function)
    return FALSE;
  if (request->function == 3 || request->function == 4)
    return pdu[1] == 2 * request->count && n == 2u + 2u * request->count;
  return n == 5 && fixture_get16 (pdu + 1) == request->address &&
         fixture_get16 (pdu + 3) == (request->function == 6 ? request->values[0] : request->count);
}

/* Flips, sets, drops and inserts bytes, near the head more often than elsewhere; in RTU half of
 * the frames get a right CRC again, or hardly any would pass it. */
static gsize
fixture_mutate (GRand *rand, OhmFraming framing, guint8 *frame, gsize length)
{
  guint n = (guint) g_rand_int_range (rand, 0, 4);

  for (guint i = 0; i < n && length > 0; i++)
    {
      gsize limit = g_rand_boolean (rand) ? MIN (length, 14) : length;
      gsize at = (gsize) g_rand_int_range (rand, 0, (gint32) limit);

      switch (g_rand_int_range (rand, 0, 5))
        {
        case 0:
          frame[at] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
          break;
        case 1:
          frame[at] = (guint8) g_rand_int (rand);
          break;
        case 2:
          memmove (frame + at, frame + at + 1, length - at - 1);
          length--;
          break;
        case 3:
          memmove (frame + at + 1, frame + at, length - at);
          length++;
          break;
        default:
          length = at;
          break;
        }
    }
  if (framing == OHM_FRAMING_RTU && length > 2 && g_rand_boolean (rand))
    {
      guint16 crc = fixture_crc (frame, length - 2);

      frame[length - 2] = (guint8) crc;
      frame[length - 1] = (guint8) (crc >> 8);
    }
  return length;
}

static void
test_modbus_mutated (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (42);
  guint n_accepted = 0;

  for (guint i = 0; i < 200000; i++)
    {
      const OhmRequest *request =
        &requests[g_rand_int_range (rand, 0, (gint32) G_N_ELEMENTS (requests))];
      OhmFraming framing = framings[i % 2];
      guint8 frame[OHM_MODBUS_TCP_MAX + 8] = { 0 };
      gsize length = fixture_make_reply (framing, request, i % 5 == 0 ? 2 : 0, frame);
      gsize found;
      gboolean is_good;
      OhmReply reply = { 0 };

      length = fixture_mutate (rand, framing, frame, length);
      is_good = fixture_check (framing, request, frame, length, OHM_MODBUS_STRICT, &reply);
      g_assert_cmpint (is_good, ==, fixture_is_answer (framing, request, frame, length));
      if (!is_good)
        continue;
      n_accepted++;
      g_assert_cmpint (ohm_modbus_delimit_reply (framing, frame, length, &found), ==,
                       OHM_FRAME_COMPLETE);
      g_assert_cmpuint (found, ==, length);
      if (reply.exception == 0 && request->function < 6)
        g_assert_true (reply.data + reply.length + (framing == OHM_FRAMING_RTU ? 2 : 0) ==
                       frame + length);
    }
  g_test_message ("%u of 200000 accepted", n_accepted);
  g_assert_cmpuint (n_accepted, >, 20000);
}

/* What a server takes for a request is one that could have been encoded, byte for byte. */
static void
test_modbus_mutated_requests (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (43);

  for (guint i = 0; i < 100000; i++)
    {
      OhmFraming framing = framings[i % 2];
      guint8 frame[OHM_MODBUS_TCP_MAX + 8] = { 0 };
      guint8 again[OHM_MODBUS_TCP_MAX] = { 0 };
      OhmRequest request;
      guint16 tid;
      gsize length = ohm_modbus_encode_request (
        framing, &requests[g_rand_int_range (rand, 0, (gint32) G_N_ELEMENTS (requests))], 0x0102,
        frame);

      length = fixture_mutate (rand, framing, frame, length);
      if (!ohm_modbus_decode_request (framing, frame, length, &request, &tid, NULL))
        continue;
      g_assert_cmpuint (ohm_modbus_encode_request (framing, &request, tid, again), ==, length);
      g_assert_true (memcmp (frame, again, length) == 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/modbus/known-requests", test_modbus_known_requests);
  g_test_add_func ("/modbus/invalid-requests", test_modbus_invalid_requests);
  g_test_add_func ("/modbus/crc", test_modbus_crc);
  g_test_add_func ("/modbus/replies", test_modbus_replies);
  g_test_add_func ("/modbus/exceptions", test_modbus_exceptions);
  g_test_add_func ("/modbus/exception-names", test_modbus_exception_names);
  g_test_add_func ("/modbus/mismatches", test_modbus_mismatches);
  g_test_add_func ("/modbus/quirks", test_modbus_quirks);
  g_test_add_func ("/modbus/delimit", test_modbus_delimit);
  g_test_add_func ("/modbus/broken-streams", test_modbus_broken_streams);
  g_test_add_func ("/modbus/decode-requests", test_modbus_decode_requests);
  g_test_add_func ("/modbus/decode-refusals", test_modbus_decode_refusals);
  g_test_add_func ("/modbus/refuse-function", test_modbus_refuse_function);
  g_test_add_func ("/modbus/mutated", test_modbus_mutated);
  g_test_add_func ("/modbus/mutated-requests", test_modbus_mutated_requests);
  return g_test_run ();
}
