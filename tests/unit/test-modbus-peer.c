/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libmodbus, as an implementation that knows nothing of ours, at the other end of a socket pair. */

#include "config.h"

#include <errno.h>
#include <modbus.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ohm-modbus.h"

#define UNIT        17
#define N_REGISTERS 300

typedef struct
{
  OhmFraming framing;
  int sockets[2];              /* ours, the peer's */
  modbus_t *peer;              /* (owned) */
  modbus_mapping_t *registers; /* (owned) */
  GThread *thread;
  gboolean is_good;
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  self->framing = (OhmFraming) GPOINTER_TO_INT (data);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->sockets), ==, 0);
  if (self->framing == OHM_FRAMING_TCP)
    self->peer = modbus_new_tcp ("127.0.0.1", 502);
  else
    self->peer = modbus_new_rtu ("/dev/null", 115200, 'N', 8, 1);
  g_assert_nonnull (self->peer);
  g_assert_cmpint (modbus_set_slave (self->peer, UNIT), ==, 0);
  g_assert_cmpint (modbus_set_socket (self->peer, self->sockets[1]), ==, 0);
  g_assert_cmpint (modbus_set_response_timeout (self->peer, 10, 0), ==, 0);
  self->registers = modbus_mapping_new (0, 0, N_REGISTERS, N_REGISTERS);
  for (int i = 0; i < N_REGISTERS; i++)
    {
      self->registers->tab_registers[i] = (uint16_t) (1000 + i);
      self->registers->tab_input_registers[i] = (uint16_t) (60000 - i);
    }
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  shutdown (self->sockets[0], SHUT_RDWR);
  g_thread_join (self->thread);
  modbus_mapping_free (self->registers);
  modbus_free (self->peer);
  close (self->sockets[0]);
  close (self->sockets[1]);
}

static gpointer
fixture_serve (gpointer data)
{
  Fixture *self = data;
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  int length;

  while ((length = modbus_receive (self->peer, query)) >= 0)
    if (length > 0)
      modbus_reply (self->peer, query, length, self->registers);
  return NULL;
}

/* Reads up to the end of one frame. */
static gsize
fixture_read_frame (Fixture *self,
                    OhmFrameState (*delimit) (OhmFraming, const guint8 *, gsize, gsize *),
                    guint8 *bytes)
{
  gsize length = 0;
  gsize needed;
  OhmFrameState state;

  while ((state = delimit (self->framing, bytes, length, &needed)) == OHM_FRAME_INCOMPLETE)
    {
      ssize_t n = read (self->sockets[0], bytes + length, needed - length);

      if (n <= 0)
        return 0;
      length += (gsize) n;
    }
  g_assert_cmpint (state, ==, OHM_FRAME_COMPLETE);
  return length;
}

static gboolean
fixture_ask (Fixture *self, const OhmRequest *request, guint8 *frame, OhmReply *ret_reply)
{
  static guint16 tid = 0xfff0;
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_request (self->framing, request, ++tid, bytes);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (length, >, 0);
  g_assert_cmpint (write (self->sockets[0], bytes, length), ==, (gssize) length);
  length = fixture_read_frame (self, ohm_modbus_delimit_reply, frame);
  ohm_modbus_check_reply (self->framing, request, tid, frame, length, OHM_MODBUS_STRICT, ret_reply,
                          &error);
  g_assert_no_error (error);
  return TRUE;
}

static void
test_peer_serves (Fixture *self, gconstpointer data)
{
  OhmRequest request = { .unit = UNIT, .function = 3, .address = 7, .count = 125 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmReply reply;

  self->thread = g_thread_new ("server", fixture_serve, self);
  fixture_ask (self, &request, frame, &reply);
  for (guint i = 0; i < request.count; i++)
    g_assert_cmpint (ohm_reply_get_register (&reply, i), ==, 1007 + i);

  request.function = 4;
  request.count = 1;
  fixture_ask (self, &request, frame, &reply);
  g_assert_cmpint (ohm_reply_get_register (&reply, 0), ==, 59993);

  request = (OhmRequest){
    .unit = UNIT, .function = 6, .address = 9, .count = 1, .values = { 0xabcd }
  };
  fixture_ask (self, &request, frame, &reply);
  g_assert_cmphex (self->registers->tab_registers[9], ==, 0xabcd);

  request = (OhmRequest){ .unit = UNIT, .function = 16, .address = 10, .count = 123 };
  for (guint i = 0; i < 123; i++)
    request.values[i] = (guint16) (0xff00 + i);
  fixture_ask (self, &request, frame, &reply);
  for (guint i = 0; i < 123; i++)
    g_assert_cmphex (self->registers->tab_registers[10 + i], ==, 0xff00 + i);
}

static void
test_peer_refuses (Fixture *self, gconstpointer data)
{
  OhmRequest request = { .unit = UNIT, .function = 3, .address = 299, .count = 2 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmReply reply;

  self->thread = g_thread_new ("server", fixture_serve, self);
  fixture_ask (self, &request, frame, &reply);
  g_assert_cmpint (reply.exception, ==, 2);
  request.count = 1;
  fixture_ask (self, &request, frame, &reply);
  g_assert_cmpint (reply.exception, ==, 0);
  g_assert_cmpint (ohm_reply_get_register (&reply, 0), ==, 1299);
}

static gboolean
fixture_expect (gboolean is_good, const char *what)
{
  if (!is_good)
    g_printerr ("peer: %s: %s\n", what, modbus_strerror (errno));
  return is_good;
}

static gpointer
fixture_ask_as_peer (gpointer data)
{
  Fixture *self = data;
  uint16_t values[125] = { 0 };
  const uint16_t written[3] = { 1, 0x8000, 0xffff };
  gboolean is_good = TRUE;

  is_good &= fixture_expect (modbus_read_registers (self->peer, 7, 125, values) == 125, "read 125");
  for (int i = 0; i < 125; i++)
    is_good &= fixture_expect (values[i] == 1007 + i, "holding register");
  is_good &= fixture_expect (modbus_read_input_registers (self->peer, 7, 1, values) == 1, "read 1");
  is_good &= fixture_expect (values[0] == 59993, "input register");
  is_good &= fixture_expect (modbus_write_register (self->peer, 9, 0xabcd) == 1, "write one");
  is_good &= fixture_expect (modbus_write_registers (self->peer, 10, 3, written) == 3, "write");
  is_good &= fixture_expect (modbus_read_registers (self->peer, 299, 2, values) == -1 &&
                               errno == EMBXILADD,
                             "refusal");
  self->is_good = is_good;
  shutdown (self->sockets[1], SHUT_RDWR);
  return NULL;
}

/* A server of few lines, as a simulator has. */
static void
fixture_answer (Fixture *self, const guint8 *frame, gsize length)
{
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  guint8 registers[2 * OHM_READ_REGISTERS_MAX];
  OhmRequest request;
  guint16 tid;
  g_autoptr (GError) error = NULL;
  guint8 exception;

  ohm_modbus_decode_request (self->framing, frame, length, &request, &tid, &error);
  g_assert_no_error (error);
  g_assert_cmpint (request.unit, ==, UNIT);
  exception = request.address + request.count > N_REGISTERS ? 2 : 0;
  for (guint i = 0; exception == 0 && i < request.count; i++)
    {
      guint at = request.address + i;
      guint value = request.function == 4 ? self->registers->tab_input_registers[at]
                                          : self->registers->tab_registers[at];

      if (request.function > 4)
        self->registers->tab_registers[at] = request.values[i];
      else
        {
          registers[2 * i] = (guint8) (value >> 8);
          registers[2 * i + 1] = (guint8) value;
        }
    }
  length = ohm_modbus_encode_reply (self->framing, &request, tid, exception, registers, bytes);
  g_assert_cmpint (write (self->sockets[0], bytes, length), ==, (gssize) length);
}

static void
test_peer_asks (Fixture *self, gconstpointer data)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length;
  guint n = 0;

  self->thread = g_thread_new ("client", fixture_ask_as_peer, self);
  while ((length = fixture_read_frame (self, ohm_modbus_delimit_request, frame)) > 0)
    {
      fixture_answer (self, frame, length);
      n++;
    }
  g_assert_cmpuint (n, ==, 5);
  g_assert_true (self->is_good);
  g_assert_cmphex (self->registers->tab_registers[9], ==, 0xabcd);
  g_assert_cmphex (self->registers->tab_registers[11], ==, 0x8000);
  g_assert_cmphex (self->registers->tab_registers[12], ==, 0xffff);
}

static void
fixture_add (const char *path, OhmFraming framing, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, GINT_TO_POINTER (framing), fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/modbus-peer/tcp/serves", OHM_FRAMING_TCP, test_peer_serves);
  fixture_add ("/modbus-peer/tcp/refuses", OHM_FRAMING_TCP, test_peer_refuses);
  fixture_add ("/modbus-peer/tcp/asks", OHM_FRAMING_TCP, test_peer_asks);
  fixture_add ("/modbus-peer/rtu/serves", OHM_FRAMING_RTU, test_peer_serves);
  fixture_add ("/modbus-peer/rtu/refuses", OHM_FRAMING_RTU, test_peer_refuses);
  fixture_add ("/modbus-peer/rtu/asks", OHM_FRAMING_RTU, test_peer_asks);
  return g_test_run ();
}
