/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <modbus.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ohm-modbus.h"

/* Far beyond what any answer takes: a test that waits so long has failed. */
#define PATIENCE_S 20

/* The program itself with one endpoint of three units, and a client on each of its sockets. */
typedef struct
{
  char *directory;
  char *socket_path;
  GSubprocess *process;
  GDataInputStream *output;
  guint16 port;
  GSocketConnection *control;
  GDataInputStream *answers;
  int fd;
} Fixture;

static char *
test_sim_server_read_line (GDataInputStream *stream)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (stream, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (line);
  return line;
}

static GSubprocess *
test_sim_server_spawn (const char *const *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GSubprocess) process = NULL;

  g_ptr_array_add (argv,
                   g_build_filename (g_getenv ("OHM_BUILD_DIR"), "tests", "sim", "ohm-sim", NULL));
  g_ptr_array_add (argv, g_strdup ("--profile-dir"));
  g_ptr_array_add (argv, g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "plugins", NULL));
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup (arguments[i]));
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
                               G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                               &error);
  g_assert_no_error (error);
  return g_steal_pointer (&process);
}

static int
test_sim_server_connect (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct timeval patience = { .tv_sec = PATIENCE_S };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

static void
fixture_connect_control (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (fixture->socket_path);

  fixture->control = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  g_assert_no_error (error);
  fixture->answers = g_data_input_stream_new (
    g_io_stream_get_input_stream (G_IO_STREAM (fixture->control)));
}

static void
fixture_set_up (Fixture *fixture, gconstpointer spec)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *option = NULL;
  const char *arguments[] = { NULL, spec, NULL };
  unsigned int port = 0;

  fixture->directory = g_dir_make_tmp ("ohm-sim-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->socket_path = g_build_filename (fixture->directory, "control", NULL);
  option = g_strconcat ("--control=", fixture->socket_path, NULL);
  arguments[0] = option;
  fixture->process = test_sim_server_spawn (arguments);
  fixture->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->process));
  for (;;)
    {
      g_autofree char *line = test_sim_server_read_line (fixture->output);

      if (g_str_equal (line, "ready"))
        break;
      g_assert_cmpint (sscanf (line, "listening 127.0.0.1 %u janitza-common ", &port), ==, 1);
      if (fixture->port == 0)
        fixture->port = (guint16) port;
    }
  fixture_connect_control (fixture);
  fixture->fd = test_sim_server_connect (fixture->port);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer spec)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (fixture->process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (fixture->process, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (fixture->socket_path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  if (fixture->fd >= 0)
    close (fixture->fd);
  g_object_unref (fixture->answers);
  g_object_unref (fixture->control);
  g_object_unref (fixture->output);
  g_object_unref (fixture->process);
  g_free (fixture->socket_path);
  g_free (fixture->directory);
}

/* Everything that comes back to a command, the last line without its end. */
static char *test_sim_server_command (Fixture *fixture, const char *format, ...)
  G_GNUC_PRINTF (2, 3);

static char *
test_sim_server_command (Fixture *fixture, const char *format, ...)
{
  GOutputStream *stream = g_io_stream_get_output_stream (G_IO_STREAM (fixture->control));
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *command = NULL;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_true (g_output_stream_printf (stream, NULL, NULL, &error, "%s\n", command));
  g_assert_no_error (error);
  for (;;)
    {
      g_autofree char *line = test_sim_server_read_line (fixture->answers);

      g_string_append (all, line);
      if (g_str_equal (line, "ok") || g_str_has_prefix (line, "error "))
        return g_strdup (all->str);
      g_string_append_c (all, '\n');
    }
}

/* @fault is as on the control line, after the word. */
static void
test_sim_server_fault (Fixture *fixture, const char *units, const char *fault)
{
  g_autofree char *answer = test_sim_server_command (fixture, "%u %s fault %s", fixture->port,
                                                     units, fault);

  g_assert_cmpstr (answer, ==, "ok");
}

static OhmRequest
test_sim_server_request (guint8 unit)
{
  return (OhmRequest){ .unit = unit, .function = 3, .address = 19000, .count = 2 };
}

static void
test_sim_server_send (Fixture *fixture, guint8 unit, guint16 tid)
{
  OhmRequest request = test_sim_server_request (unit);
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_request (OHM_FRAMING_TCP, &request, tid, bytes);

  g_assert_cmpint (send (fixture->fd, bytes, length, MSG_NOSIGNAL), ==, (gssize) length);
}

/* Exactly @length bytes, or FALSE if the connection ends before. */
static gboolean
test_sim_server_receive (Fixture *fixture, guint8 *bytes, gsize length)
{
  gsize got = 0;

  while (got < length)
    {
      gssize n = recv (fixture->fd, bytes + got, length - got, 0);

      if (n < 0)
        g_assert_cmpint (errno, ==, ECONNRESET);
      if (n <= 0)
        return FALSE;
      got += (gsize) n;
    }
  return TRUE;
}

static gboolean
test_sim_server_is_closed (Fixture *fixture)
{
  guint8 byte;

  return !test_sim_server_receive (fixture, &byte, 1);
}

/* One good answer; its exception code. */
static guint8
test_sim_server_take (Fixture *fixture, guint8 unit, guint16 tid)
{
  g_autoptr (GError) error = NULL;
  OhmRequest request = test_sim_server_request (unit);
  OhmReply reply;
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length;

  g_assert_true (test_sim_server_receive (fixture, bytes, 6));
  length = (gsize) (bytes[4] << 8 | bytes[5]);
  g_assert_true (test_sim_server_receive (fixture, bytes + 6, length));
  ohm_modbus_check_reply (OHM_FRAMING_TCP, &request, tid, bytes, length + 6, OHM_MODBUS_STRICT,
                          &reply, &error);
  g_assert_no_error (error);
  return reply.exception;
}

static guint8
test_sim_server_exchange (Fixture *fixture, guint8 unit, guint16 tid)
{
  test_sim_server_send (fixture, unit, tid);
  return test_sim_server_take (fixture, unit, tid);
}

static void
test_sim_server_serves (Fixture *fixture, gconstpointer spec)
{
  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 7), ==, 0);
  g_assert_cmpuint (test_sim_server_exchange (fixture, 3, 8), ==, 0);
  g_assert_cmpuint (test_sim_server_exchange (fixture, 4, 9), ==, 11);
  for (guint16 tid = 100; tid < 150; tid++)
    test_sim_server_send (fixture, (guint8) (1 + tid % 3), tid);
  for (guint16 tid = 100; tid < 150; tid++)
    g_assert_cmpuint (test_sim_server_take (fixture, (guint8) (1 + tid % 3), tid), ==, 0);
}

static void
test_sim_server_silent (Fixture *fixture, gconstpointer spec)
{
  test_sim_server_fault (fixture, "2", "silent on");
  test_sim_server_send (fixture, 2, 1);
  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 2), ==, 0);
  test_sim_server_fault (fixture, "*", "silent off");
  g_assert_cmpuint (test_sim_server_exchange (fixture, 2, 3), ==, 0);
}

/* A slow unit holds the line: the others' answers come behind its own. */
static void
test_sim_server_slow (Fixture *fixture, gconstpointer spec)
{
  gint64 start_us = g_get_monotonic_time ();

  test_sim_server_fault (fixture, "2", "slow 40 on");
  test_sim_server_send (fixture, 2, 1);
  test_sim_server_send (fixture, 1, 2);
  g_assert_cmpuint (test_sim_server_take (fixture, 2, 1), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 40000);
  g_assert_cmpuint (test_sim_server_take (fixture, 1, 2), ==, 0);
}

static void
test_sim_server_late (Fixture *fixture, gconstpointer spec)
{
  test_sim_server_fault (fixture, "2", "late 40 on");
  test_sim_server_send (fixture, 2, 1);
  test_sim_server_send (fixture, 1, 2);
  g_assert_cmpuint (test_sim_server_take (fixture, 1, 2), ==, 0);
  g_assert_cmpuint (test_sim_server_take (fixture, 2, 1), ==, 0);
}

static void
test_sim_server_hold (Fixture *fixture, gconstpointer spec)
{
  gint64 start_us = g_get_monotonic_time ();

  test_sim_server_fault (fixture, "2", "hold 40,10 on");
  test_sim_server_send (fixture, 2, 1);
  test_sim_server_send (fixture, 1, 2);
  g_assert_cmpuint (test_sim_server_take (fixture, 2, 1), ==, 10);
  g_assert_cmpuint (test_sim_server_take (fixture, 1, 2), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 40000);
}

static void
test_sim_server_drip (Fixture *fixture, gconstpointer spec)
{
  gint64 start_us = g_get_monotonic_time ();

  test_sim_server_fault (fixture, "1", "drip 2 on");
  test_sim_server_send (fixture, 1, 1);
  test_sim_server_send (fixture, 3, 2);
  g_assert_cmpuint (test_sim_server_take (fixture, 1, 1), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 24000);
  g_assert_cmpuint (test_sim_server_take (fixture, 3, 2), ==, 0);
}

static void
test_sim_server_duplicate (Fixture *fixture, gconstpointer spec)
{
  guint8 surplus;

  test_sim_server_fault (fixture, "1", "duplicate on");
  test_sim_server_send (fixture, 1, 1);
  test_sim_server_take (fixture, 1, 1);
  test_sim_server_take (fixture, 1, 1);
  test_sim_server_fault (fixture, "1", "duplicate off");
  test_sim_server_fault (fixture, "1", "trailing on");
  test_sim_server_exchange (fixture, 1, 2);
  g_assert_true (test_sim_server_receive (fixture, &surplus, 1));
  g_assert_cmphex (surplus, ==, 0xee);
}

static void
test_sim_server_closes (Fixture *fixture, gconstpointer spec)
{
  static const char *const faults[] = { "close", "close-frame", "close-accept", "http" };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *on = g_strconcat (faults[i], " on", NULL);
      g_autofree char *off = g_strconcat (faults[i], " off", NULL);
      guint8 bytes[128];

      test_sim_server_fault (fixture, "*", on);
      if (g_str_equal (faults[i], "close-accept"))
        {
          close (fixture->fd);
          fixture->fd = test_sim_server_connect (fixture->port);
          g_assert_true (test_sim_server_is_closed (fixture));
        }
      else
        {
          test_sim_server_send (fixture, 1, 1);
          g_assert_false (test_sim_server_receive (fixture, bytes, sizeof bytes));
        }
      test_sim_server_fault (fixture, "*", off);
      close (fixture->fd);
      fixture->fd = test_sim_server_connect (fixture->port);
      g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 1), ==, 0);
    }
}

static void
test_sim_server_refuse (Fixture *fixture, gconstpointer spec)
{
  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 1), ==, 0);
  test_sim_server_fault (fixture, "*", "refuse on");
  g_assert_true (test_sim_server_is_closed (fixture));
  g_assert_cmpint (test_sim_server_connect (fixture->port), ==, -1);
  test_sim_server_fault (fixture, "*", "refuse off");
  close (fixture->fd);
  fixture->fd = test_sim_server_connect (fixture->port);
  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 2), ==, 0);
}

static void
test_sim_server_drop (Fixture *fixture, gconstpointer spec)
{
  g_autofree char *answer = test_sim_server_command (fixture, "%u * drop", fixture->port);

  g_assert_cmpstr (answer, ==, "ok");
  g_assert_true (test_sim_server_is_closed (fixture));
}

/* What no client of ours sends. */
static void
test_sim_server_bad_requests (Fixture *fixture, gconstpointer spec)
{
  static const guint8 broken[] = { 0, 1, 0, 1, 0, 6, 1, 3, 0, 0, 0, 2 };
  static const guint8 unknown[] = { 0, 1, 0, 0, 0, 2, 1, 43 };
  guint8 bytes[9];

  g_assert_cmpint (send (fixture->fd, unknown, sizeof unknown, 0), ==, sizeof unknown);
  g_assert_true (test_sim_server_receive (fixture, bytes, sizeof bytes));
  g_assert_cmphex (bytes[7], ==, 0x80 | 43);
  g_assert_cmpuint (bytes[8], ==, 1);
  g_assert_cmpint (send (fixture->fd, broken, sizeof broken, 0), ==, sizeof broken);
  g_assert_true (test_sim_server_is_closed (fixture));
}

static void
test_sim_server_connections (Fixture *fixture, gconstpointer spec)
{
  Fixture second = *fixture;

  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 1), ==, 0);
  second.fd = test_sim_server_connect (fixture->port);
  g_assert_true (test_sim_server_is_closed (&second));
  close (second.fd);
  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 2), ==, 0);
}

static void
test_sim_server_latency (Fixture *fixture, gconstpointer spec)
{
  gint64 start_us = g_get_monotonic_time ();

  for (guint16 tid = 0; tid < 5; tid++)
    test_sim_server_send (fixture, 1, tid);
  for (guint16 tid = 0; tid < 5; tid++)
    g_assert_cmpuint (test_sim_server_take (fixture, 1, tid), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - start_us, >=, 25000);
}

static void
test_sim_server_control (Fixture *fixture, gconstpointer spec)
{
  static const struct
  {
    const char *command;
    const char *answer;
  } rows[] = {
    { "* 1 fault exception 4 on", "ok" },
    { "* 1 fault exception on", "error fault 'exception': expected exception=CODE, found ''" },
    { "* 1 fault nan", "error expected 'fault NAME [ARGUMENT] on|off'" },
    { "* 1 fault nan maybe", "error expected 'fault NAME [ARGUMENT] on|off'" },
    { "* 1 fault nun on", "error unknown fault 'nun'; did you mean 'nan'?" },
    { "* 9 set frequency 1", "error no such unit" },
    { "* 1 set frequency", "error expected 'set POINT VALUE'" },
    { "* 1 set volume 1", "error type 'janitza-common' has no point or fact 'volume'" },
    { "* 1 jump now", "error expected 'fault', 'set', 'line', 'drop' or 'dump', found 'jump'" },
    { "1 1 set frequency 1", "error no endpoint on port 1" },
    { "x 1 set frequency 1", "error expected 'list', 'help', or a port or '*', found 'x'" },
    { "* x set frequency 1", "error 'x' is not a unit id from 0 to 255 or a range of them" },
    { "nonsense", "error expected 'PORT UNIT fault|set|line|drop|dump ...'" },
    { "1 1 dump", "error no endpoint on port 1" },
    { "* 1-3 set frequency 49.5", "ok" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *answer = test_sim_server_command (fixture, "%s", rows[i].command);

      g_assert_cmpstr (answer, ==, rows[i].answer);
    }
  g_assert_cmpuint (test_sim_server_exchange (fixture, 1, 1), ==, 4);
  g_assert_cmpuint (test_sim_server_exchange (fixture, 2, 2), ==, 0);
}

static void
test_sim_server_list (Fixture *fixture, gconstpointer spec)
{
  g_autofree char *help = test_sim_server_command (fixture, "help");
  g_autofree char *before = NULL;
  g_autofree char *list = NULL;
  g_autofree char *expected = NULL;

  g_assert_nonnull (strstr (help, "hold=MS[,CODE]"));
  test_sim_server_exchange (fixture, 2, 2);
  test_sim_server_fault (fixture, "1,3", "counter-reset on");
  list = test_sim_server_command (fixture, "list");
  expected = g_strdup_printf ("endpoint %u janitza-common 1-3 connections=1 accepted=1\n"
                              "unit %u 1 serial=41000001 reads=0 writes=0\n"
                              "unit %u 2 serial=41000002 reads=1 writes=0\n"
                              "unit %u 3 serial=41000003 reads=0 writes=0\n"
                              "fault %u counter-reset@1,3\n"
                              "ok",
                              fixture->port, fixture->port, fixture->port, fixture->port,
                              fixture->port);
  g_assert_cmpstr (list, ==, expected);
}

/* What a unit shows, and nothing of the others. */
static void
test_sim_server_dump (Fixture *fixture, gconstpointer spec)
{
  g_autofree char *set = test_sim_server_command (fixture, "* 2 set frequency 49.5");
  g_autofree char *dump = test_sim_server_command (fixture, "%u 2 dump", fixture->port);
  g_auto (GStrv) lines = g_strsplit (dump, "\n", -1);

  g_assert_cmpstr (set, ==, "ok");
  g_assert_cmpuint (g_strv_length (lines), ==, 62);
  g_assert_true (g_str_has_prefix (lines[0], "point voltage.l1-n 34 19000 "));
  g_assert_true (
    g_strv_contains ((const char *const *) lines, "point frequency 34 19050 42460000"));
}

/* An independent client reads what it ought to. */
static void
test_sim_server_libmodbus (Fixture *fixture, gconstpointer spec)
{
  modbus_t *modbus = modbus_new_tcp ("127.0.0.1", fixture->port);
  guint16 registers[122];
  float values[61];

  g_assert_nonnull (modbus);
  g_assert_cmpint (modbus_connect (modbus), ==, 0);
  g_assert_cmpint (modbus_set_slave (modbus, 3), ==, 0);
  g_assert_cmpint (modbus_read_registers (modbus, 19000, 122, registers), ==, 122);
  for (guint i = 0; i < 61; i++)
    values[i] = modbus_get_float_abcd (registers + 2 * i);
  for (guint i = 0; i < 3; i++)
    {
      float u = values[i];
      float current = values[6 + i];
      float p = values[10 + i];
      float s = values[14 + i];
      float q = values[18 + i];

      g_assert_cmpfloat_with_epsilon (u, 230.0, 12.0);
      g_assert_cmpfloat_with_epsilon (s, u * current, s * 1e-4);
      g_assert_cmpfloat_with_epsilon (s * s, p * p + q * q, s * s * 1e-4);
    }
  g_assert_cmpfloat_with_epsilon (values[13], values[10] + values[11] + values[12], 0.01);
  g_assert_cmpfloat_with_epsilon (values[25], 50.0, 0.1);
  g_assert_cmpfloat_with_epsilon (values[26], 1.0, 1e-6);
  g_assert_cmpfloat (values[34], >, 1000.0);
  g_assert_cmpint (modbus_read_input_registers (modbus, 19000, 122, registers), ==, 122);
  g_assert_cmpint (modbus_read_registers (modbus, 18999, 2, registers), ==, -1);
  g_assert_cmpint (errno, ==, EMBXILADD);
  g_assert_cmpint (modbus_write_register (modbus, 19000, 1), ==, -1);
  g_assert_cmpint (errno, ==, EMBXILFUN);
  modbus_close (modbus);
  modbus_free (modbus);
}

static void
test_sim_server_refuses_options (void)
{
  static const struct
  {
    const char *arguments[3];
    int status;
    const char *message;
  } rows[] = {
    { { NULL }, 1, "ohm-sim: no METERSPEC; see --help\n" },
    { { "--port=70000", "janitza-common" }, 2, "ohm-sim: --port: expected 0 to 65535\n" },
    { { "--host=nowhere", "janitza-common" },
      1,
      "ohm-sim: --host: 'nowhere' is not an IP address\n" },
    { { "janitza-comon" },
      1,
      "ohm-sim: janitza-comon: no profile 'janitza-comon', did you mean 'janitza-common'?; "
      "see --profile-dir\n" },
    { { "--journal=/nonexistent/file", "janitza-common" },
      1,
      "ohm-sim: --journal: '/nonexistent/file': No such file or directory\n" },
    { { "janitza-common*2:port=65535" }, 1, "ohm-sim: janitza-common: ports past 65535\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) process = test_sim_server_spawn (rows[i].arguments);
      g_autofree char *message = NULL;

      g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &message, &error));
      g_assert_no_error (error);
      g_assert_cmpint (g_subprocess_get_exit_status (process), ==, rows[i].status);
      g_assert_cmpstr (message, ==, rows[i].message);
    }
}

static void
test_sim_server_lists_types (void)
{
  static const char *const arguments[] = { "--list", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = test_sim_server_spawn (arguments);
  g_autofree char *types = NULL;

  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &types, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_successful (process));
  g_assert_nonnull (strstr (types, "janitza-common "));
}

static void
test_sim_server_journal (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("ohm-sim-XXXXXX", &error);
  g_autofree char *path = g_build_filename (directory, "journal", NULL);
  g_autofree char *option = g_strconcat ("--journal=", path, NULL);
  const char *arguments[] = { option, "janitza-common@1-3", NULL };
  g_autoptr (GSubprocess) process = test_sim_server_spawn (arguments);
  g_autoptr (GDataInputStream) output = g_data_input_stream_new (
    g_subprocess_get_stdout_pipe (process));
  g_autofree char *listening = test_sim_server_read_line (output);
  g_autofree char *text = NULL;
  g_autofree char *expected = NULL;
  Fixture fixture = { .port = (guint16) g_ascii_strtoull (strrchr (listening, '.') + 3, NULL, 10) };

  fixture.fd = test_sim_server_connect (fixture.port);
  g_assert_cmpuint (test_sim_server_exchange (&fixture, 3, 1), ==, 0);
  close (fixture.fd);
  g_subprocess_send_signal (process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  expected = g_strdup_printf (" %u 3 3 19000 2\n", fixture.port);
  g_assert_true (g_str_has_suffix (text, expected));
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_sim_server_building (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "tests", "sim",
                                            "building.conf", NULL);
  g_autofree char *argument = g_strconcat ("@", path, NULL);
  const char *arguments[] = { argument, NULL };
  g_autoptr (GSubprocess) process = test_sim_server_spawn (arguments);
  g_autoptr (GDataInputStream) output = g_data_input_stream_new (
    g_subprocess_get_stdout_pipe (process));
  guint n = 0;

  for (;; n++)
    {
      g_autofree char *line = test_sim_server_read_line (output);

      if (g_str_equal (line, "ready"))
        break;
    }
  g_assert_cmpuint (n, ==, 4);
  g_subprocess_send_signal (process, SIGINT);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
}

/* One line to the process whose clock we are. */
static void
test_sim_server_drive (GSocketConnection *driver, const char *line)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (driver)), line,
                             strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
}

/* The answer is due 50 ms later, and comes when the test says that it is later. */
static void
test_sim_server_test_clock (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("ohm-sim-XXXXXX", &error);
  g_autofree char *path = g_build_filename (directory, "clock", NULL);
  g_autofree char *option = g_strconcat ("--test-clock=", path, NULL);
  const char *arguments[] = { option, "janitza-common:latency=50", NULL };
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GSocketConnection) driver = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GDataInputStream) pongs = NULL;
  g_autofree char *listening = NULL;
  g_autofree char *hello = NULL;
  Fixture fixture = { 0 };
  guint ping = 0;

  g_assert_true (g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &error));
  process = test_sim_server_spawn (arguments);
  driver = g_socket_listener_accept (listener, NULL, NULL, &error);
  g_assert_no_error (error);
  pongs = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (driver)));
  hello = test_sim_server_read_line (pongs);
  g_assert_cmpstr (hello, ==, "hello ohm-sim");
  test_sim_server_drive (driver, "time 1773648000000000 1000000 1\n");
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  listening = test_sim_server_read_line (output);
  fixture.fd = test_sim_server_connect (
    (guint16) g_ascii_strtoull (strrchr (listening, '.') + 3, NULL, 10));
  test_sim_server_send (&fixture, 1, 1);
  for (;;)
    {
      g_autofree char *command = g_strdup_printf ("ping %u\n", ping++);
      g_autofree char *pong = NULL;

      test_sim_server_drive (driver, command);
      pong = test_sim_server_read_line (pongs);
      if (g_str_has_suffix (pong, " 1050000"))
        break;
    }
  test_sim_server_drive (driver, "time 1773648000050000 1050000 1\n");
  g_assert_cmpuint (test_sim_server_take (&fixture, 1, 1), ==, 0);
  close (fixture.fd);
  g_subprocess_send_signal (process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_sim_server_add (const char *name, const char *spec, void (*func) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/sim/server/", name, NULL);

  g_test_add (path, Fixture, spec, fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  const char *three = "janitza-common@1-3";

  g_test_init (&argc, &argv, NULL);
  test_sim_server_add ("serves", three, test_sim_server_serves);
  test_sim_server_add ("silent", three, test_sim_server_silent);
  test_sim_server_add ("slow", three, test_sim_server_slow);
  test_sim_server_add ("late", three, test_sim_server_late);
  test_sim_server_add ("hold", three, test_sim_server_hold);
  test_sim_server_add ("drip", three, test_sim_server_drip);
  test_sim_server_add ("duplicate", three, test_sim_server_duplicate);
  test_sim_server_add ("closes", three, test_sim_server_closes);
  test_sim_server_add ("refuse", three, test_sim_server_refuse);
  test_sim_server_add ("drop", three, test_sim_server_drop);
  test_sim_server_add ("dump", three, test_sim_server_dump);
  test_sim_server_add ("bad-requests", three, test_sim_server_bad_requests);
  test_sim_server_add ("control", three, test_sim_server_control);
  test_sim_server_add ("list", three, test_sim_server_list);
  test_sim_server_add ("libmodbus", three, test_sim_server_libmodbus);
  test_sim_server_add ("latency", "janitza-common:latency=5", test_sim_server_latency);
  test_sim_server_add ("connections", "janitza-common*2:connections=1",
                       test_sim_server_connections);
  g_test_add_func ("/sim/server/refuses-options", test_sim_server_refuses_options);
  g_test_add_func ("/sim/server/lists-types", test_sim_server_lists_types);
  g_test_add_func ("/sim/server/journal", test_sim_server_journal);
  g_test_add_func ("/sim/server/building", test_sim_server_building);
  g_test_add_func ("/sim/server/test-clock", test_sim_server_test_clock);
  return g_test_run ();
}
