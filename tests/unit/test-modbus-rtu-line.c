/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Opening a serial line, losing it, and who else has it. */

#include "modbus-rtu-fixture.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <gio/gio.h>

static void
test_rtu_assert_cause (GError *error, const char *code, const char *part)
{
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);
  g_autofree char *text = ohm_message_dup_text (message);

  g_assert_cmpstr (ohm_message_get_code (message), ==, code);
  if (strstr (text, part) == NULL)
    g_test_fail_printf ("'%s' does not say '%s'", text, part);
}

/* Opens a transport on another device, which must fail. */
static void
test_rtu_refuse (OhmTestRtu *fixture, const char *device, const char *more, const char *code)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&fixture->transport);
  fixture->transport = test_rtu_new_transport (fixture, device, more);
  error = test_rtu_fail_open (fixture);
  g_assert_false (ohm_transport_is_open (fixture->transport));
  test_rtu_assert_cause (error, code, device);
}

static void
test_rtu_settings (OhmTestRtu *fixture, gconstpointer more)
{
  struct termios state;
  /* before it is opened: from then on only root gets in */
  int fd = open (ohm_sim_line_get_device (fixture->line), O_RDWR | O_NOCTTY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  test_rtu_open (fixture);
  g_assert_cmpint (tcgetattr (fd, &state), ==, 0);
  g_assert_cmpuint (cfgetospeed (&state), ==, B38400);
  g_assert_cmpuint (cfgetispeed (&state), ==, B38400);
  g_assert_cmphex (state.c_cflag & CSIZE, ==, CS8);
  g_assert_cmphex (state.c_cflag & CSTOPB, ==, CSTOPB);
  g_assert_cmphex (state.c_lflag & (ICANON | ECHO | ISIG), ==, 0);
  g_assert_cmphex (state.c_iflag & (ICRNL | INLCR | IGNCR | IXON | IXOFF | ISTRIP), ==, 0);
  g_assert_cmphex (state.c_oflag & OPOST, ==, 0);
  close (fd);
}

static void
test_rtu_missing (OhmTestRtu *fixture, gconstpointer more)
{
  g_autofree char *device = g_build_filename (fixture->folder, "nothing", NULL);

  test_rtu_refuse (fixture, device, "", "device-missing");
}

/* A unit behind the name of the port, as an address in the network takes it. */
static void
test_rtu_unit_behind (OhmTestRtu *fixture, gconstpointer more)
{
  g_autofree char *device = g_build_filename (ohm_sim_line_get_device (fixture->line), "2", NULL);

  test_rtu_refuse (fixture, device, "", "device-missing");
}

static void
test_rtu_no_line (OhmTestRtu *fixture, gconstpointer more)
{
  g_autofree char *file = g_build_filename (fixture->folder, "file", NULL);

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  test_rtu_refuse (fixture, file, "", "device-not-serial");
  test_rtu_refuse (fixture, "/dev/null", "", "device-not-serial");
  unlink (file);
}

/* A pseudo-terminal knows no parity and no RS-485. */
static void
test_rtu_unfit (OhmTestRtu *fixture, gconstpointer more)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&fixture->transport);
  fixture->transport = test_rtu_new_transport (fixture, fixture->device, "parity = even\n");
  error = test_rtu_fail_open (fixture);
  test_rtu_assert_cause (error, "device-settings", "9600 8E1");
  test_rtu_refuse (fixture, fixture->device, "rs485 = true\n", "device-no-rs485");
  /* and it is let go of */
  g_clear_object (&fixture->transport);
  fixture->transport = test_rtu_new_transport (fixture, fixture->device, "");
  test_rtu_open (fixture);
}

static void
test_rtu_second_link (OhmTestRtu *fixture, gconstpointer more)
{
  g_autoptr (OhmTransport) first = NULL;
  g_autoptr (GError) error = NULL;

  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
  first = g_steal_pointer (&fixture->transport);
  /* by another name of the same line */
  fixture->transport = test_rtu_new_transport (fixture, ohm_sim_line_get_device (fixture->line),
                                               "");
  error = test_rtu_fail_open (fixture);
  test_rtu_assert_cause (error, "device-in-use", "another link of this program");
  ohm_transport_close (first);
  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
}

/* Another program; it is named. */
static void
test_rtu_second_program (OhmTestRtu *fixture, gconstpointer more)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) other =
    g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "sh", "-c",
                      "exec 9<>\"$0\" && flock -x 9 && echo ready && exec sleep 60",
                      ohm_sim_line_get_device (fixture->line), NULL);
  g_autofree char *owner = NULL;
  char ready[8];

  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (other), ready, sizeof ready,
                                        NULL, NULL),
                   >, 0);
  error = test_rtu_fail_open (fixture);
  owner = g_strdup_printf (" (process %s)", g_subprocess_get_identifier (other));
  test_rtu_assert_cause (error, "device-in-use", owner);
  g_subprocess_force_exit (other);
  g_assert_true (g_subprocess_wait (other, NULL, NULL));
  test_rtu_open (fixture);
}

static void
test_rtu_unplug_while_asked (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  ohm_sim_line_unplug (fixture->line);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_LINK, "device-lost");
  g_assert_false (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (fixture->n_closed, ==, 0);
}

static void
test_rtu_unplug_while_idle (OhmTestRtu *fixture, gconstpointer more)
{
  g_autoptr (GError) error = NULL;

  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
  ohm_sim_line_unplug (fixture->line);
  while (fixture->n_closed == 0)
    g_main_context_iteration (NULL, TRUE);
  test_rtu_assert_cause (fixture->closed_error, "device-lost", fixture->device);
  error = test_rtu_fail_open (fixture);
  test_rtu_assert_cause (error, "device-missing", fixture->device);
  g_assert_true (ohm_sim_line_plug (fixture->line, fixture->device, NULL));
  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->connects, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_rtu_add ("settings", "baud = 38400\nstop-bits = 2\n", test_rtu_settings);
  test_rtu_add ("missing", NULL, test_rtu_missing);
  test_rtu_add ("unit-behind", NULL, test_rtu_unit_behind);
  test_rtu_add ("no-line", NULL, test_rtu_no_line);
  test_rtu_add ("unfit", NULL, test_rtu_unfit);
  test_rtu_add ("second-link", NULL, test_rtu_second_link);
  test_rtu_add ("second-program", NULL, test_rtu_second_program);
  test_rtu_add ("unplug-while-asked", NULL, test_rtu_unplug_while_asked);
  test_rtu_add ("unplug-while-idle", NULL, test_rtu_unplug_while_idle);
  return g_test_run ();
}
