/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libmodbus's own RTU server, which knows nothing of ours, at the other end of a pseudo-terminal.
 * In real time: it waits in a thread of its own. Asking for another unit is not tried: that server
 * takes the next request for the answer of the other one. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "ohm-modbus-rtu-transport.h"

#define UNIT        17
#define N_REGISTERS 300

typedef struct
{
  OhmWatcher *watcher;
  OhmTransport *transport;
  int master;
  int slave; /* or the terminal would hang up before the transport opens it */
  modbus_t *peer;
  modbus_mapping_t *registers;
  GThread *thread;
  int is_over; /* (atomic) */

  gboolean is_done;
  GError *error;
  guint8 exception;
  guint16 values[OHM_READ_REGISTERS_MAX];
} TestRtuPeer;

static gpointer
test_rtu_peer_serve (gpointer data)
{
  TestRtuPeer *self = data;
  guint8 query[MODBUS_RTU_MAX_ADU_LENGTH];

  while (!g_atomic_int_get (&self->is_over))
    {
      int length = modbus_receive (self->peer, query);

      if (length > 0)
        modbus_reply (self->peer, query, length, self->registers);
    }
  return NULL;
}

static void
test_rtu_peer_open_terminal (TestRtuPeer *self, char *name, gsize size)
{
  struct termios state;

  self->master = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (self->master, >=, 0);
  g_assert_cmpint (grantpt (self->master), ==, 0);
  g_assert_cmpint (unlockpt (self->master), ==, 0);
  g_assert_cmpint (ptsname_r (self->master, name, size), ==, 0);
  self->slave = open (name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_cmpint (tcgetattr (self->slave, &state), ==, 0);
  cfmakeraw (&state);
  g_assert_cmpint (tcsetattr (self->slave, TCSANOW, &state), ==, 0);
}

static void
test_rtu_peer_start (TestRtuPeer *self)
{
  self->peer = modbus_new_rtu ("/dev/null", 115200, 'N', 8, 1);
  g_assert_cmpint (modbus_set_slave (self->peer, UNIT), ==, 0);
  g_assert_cmpint (modbus_set_socket (self->peer, self->master), ==, 0);
  /* it looks up this often whether the test is over */
  g_assert_cmpint (modbus_set_indication_timeout (self->peer, 0, 20000), ==, 0);
  self->registers = modbus_mapping_new (0, 0, N_REGISTERS, N_REGISTERS);
  for (int i = 0; i < N_REGISTERS; i++)
    {
      self->registers->tab_registers[i] = (guint16) (0x0d0a + i); /* line ends among them */
      self->registers->tab_input_registers[i] = (guint16) (60000 - i);
    }
  self->thread = g_thread_new ("peer", test_rtu_peer_serve, self);
}

static OhmSettings *
test_rtu_peer_make_settings (const char *device)
{
  const OhmSettingSpec *tables[] = { NULL, NULL };
  g_autoptr (OhmTransportClass) klass = g_type_class_ref (OHM_TYPE_MODBUS_RTU_TRANSPORT);
  g_autofree char *text = g_strdup_printf ("[link]\ndevice = %s\nbaud = 115200\n", device);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.link", text, strlen (text), NULL);

  tables[0] = klass->settings_table;
  return ohm_settings_new (keyfile, "link", tables, NULL);
}

static void
test_rtu_peer_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  TestRtuPeer *self = user_data;

  g_assert_no_error (error);
  self->is_done = TRUE;
}

static void
test_rtu_peer_wait (TestRtuPeer *self)
{
  while (!self->is_done)
    g_main_context_iteration (NULL, TRUE);
  self->is_done = FALSE;
}

static void
test_rtu_peer_setup (TestRtuPeer *self, gconstpointer data)
{
  g_autoptr (OhmClock) clock = ohm_clock_new ();
  g_autoptr (OhmSettings) settings = NULL;
  char name[64];

  alarm (60);
  test_rtu_peer_open_terminal (self, name, sizeof name);
  test_rtu_peer_start (self);
  settings = test_rtu_peer_make_settings (name);
  self->watcher = ohm_watcher_new (clock, NULL);
  self->transport = ohm_transport_new (OHM_TYPE_MODBUS_RTU_TRANSPORT, settings, self->watcher);
  ohm_transport_open (self->transport, G_MAXINT64, test_rtu_peer_on_opened, self);
  test_rtu_peer_wait (self);
}

static void
test_rtu_peer_teardown (TestRtuPeer *self, gconstpointer data)
{
  g_atomic_int_set (&self->is_over, TRUE);
  g_thread_join (self->thread);
  g_clear_object (&self->transport);
  g_clear_object (&self->watcher);
  modbus_mapping_free (self->registers);
  modbus_free (self->peer);
  close (self->slave);
  close (self->master);
  g_clear_error (&self->error);
  alarm (0);
}

static void
test_rtu_peer_on_done (OhmTransport *transport,
                       const OhmReply *reply,
                       const GError *error,
                       gpointer user_data)
{
  TestRtuPeer *self = user_data;

  self->is_done = TRUE;
  g_clear_error (&self->error);
  if (error != NULL)
    self->error = g_error_copy (error);
  if (reply == NULL)
    return;
  self->exception = reply->exception;
  for (guint i = 0; i < reply->length / 2; i++)
    self->values[i] = ohm_reply_get_register (reply, i);
}

static void
test_rtu_peer_ask (TestRtuPeer *self, const OhmRequest *request)
{
  const OhmTransportOptions options = { OHM_MODBUS_STRICT };
  OhmClock *clock = ohm_watcher_get_clock (self->watcher);

  ohm_transport_exchange (self->transport, request, &options,
                          ohm_clock_get_mono_us (clock) + 300000, test_rtu_peer_on_done, self);
  test_rtu_peer_wait (self);
}

static void
test_rtu_peer_reads (TestRtuPeer *self, gconstpointer data)
{
  static const guint counts[] = { 1, 2, 61, 122, 125 };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    for (guint8 function = 3; function <= 4; function++)
      {
        OhmRequest request = { .unit = UNIT, .function = function, .address = 100 };

        request.count = (guint16) counts[i];
        test_rtu_peer_ask (self, &request);
        g_assert_no_error (self->error);
        g_assert_cmpuint (self->exception, ==, 0);
        for (guint k = 0; k < counts[i]; k++)
          g_assert_cmpuint (self->values[k], ==,
                            function == 3 ? self->registers->tab_registers[100 + k]
                                          : self->registers->tab_input_registers[100 + k]);
      }
}

static void
test_rtu_peer_exception (TestRtuPeer *self, gconstpointer data)
{
  const OhmRequest beyond = { .unit = UNIT, .function = 3, .address = 290, .count = 20 };
  const OhmRequest inside = { .unit = UNIT, .function = 3, .address = 290, .count = 10 };

  test_rtu_peer_ask (self, &beyond);
  g_assert_no_error (self->error);
  g_assert_cmpuint (self->exception, ==, 2);
  test_rtu_peer_ask (self, &inside);
  g_assert_no_error (self->error);
  g_assert_cmpuint (self->exception, ==, 0);
}

static void
test_rtu_peer_writes (TestRtuPeer *self, gconstpointer data)
{
  const OhmRequest one = {
    .unit = UNIT, .function = 6, .address = 10, .count = 1, .values = { 0xbeef }
  };
  const OhmRequest two = {
    .unit = UNIT, .function = 16, .address = 20, .count = 2, .values = { 0x1234, 0x5678 }
  };

  test_rtu_peer_ask (self, &one);
  g_assert_no_error (self->error);
  test_rtu_peer_ask (self, &two);
  g_assert_no_error (self->error);
  g_assert_cmphex (self->registers->tab_registers[10], ==, 0xbeef);
  g_assert_cmphex (self->registers->tab_registers[21], ==, 0x5678);
}

static void
test_rtu_peer_add (const char *name, void (*func) (TestRtuPeer *self, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/modbus-rtu/peer/", name, NULL);

  g_test_add (path, TestRtuPeer, NULL, test_rtu_peer_setup, func, test_rtu_peer_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_rtu_peer_add ("reads", test_rtu_peer_reads);
  test_rtu_peer_add ("exception", test_rtu_peer_exception);
  test_rtu_peer_add ("writes", test_rtu_peer_writes);
  return g_test_run ();
}
