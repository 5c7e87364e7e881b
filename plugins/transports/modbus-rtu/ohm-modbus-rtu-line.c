/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-rtu-line.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/serial.h>
#include <modbus.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "ohm-modbus-rtu-owner.h"

struct _OhmModbusRtuLine
{
  char *device;
  int lock_fd;      /* carries the lock that keeps a second ohmd out */
  modbus_t *modbus; /* (owned) (nullable): opened the line, and closes it */
  gboolean is_ours; /* others are kept out */
};

/* clang-format off */
const OhmSettingSpec ohm_modbus_rtu_line_settings[] = {
  { "device", OHM_SETTING_STRING, 1, 253, NULL, NULL,
    "Path of the serial line, best one that stays: /dev/serial/by-id/...", TRUE },
  { "baud", OHM_SETTING_CHOICE, 0, 0, "9600",
    "300|600|1200|2400|4800|9600|19200|38400|57600|115200|230400|460800|921600",
    "Bits a second; the same for all devices on the line.", FALSE },
  { "parity", OHM_SETTING_CHOICE, 0, 0, "none", "none|even|odd", "Parity bit.", FALSE },
  { "stop-bits", OHM_SETTING_CHOICE, 0, 0, "1", "1|2", "Stop bits.", FALSE },
  { "data-bits", OHM_SETTING_CHOICE, 0, 0, "8", "8",
    "Data bits; Modbus RTU needs 8.", FALSE },
  { "rs485", OHM_SETTING_BOOLEAN, 0, 0, "false", NULL,
    "Whether the kernel's driver is to switch an RS-485 transceiver by RTS (TIOCSRS485). Most "
    "adapters switch by themselves.", FALSE },
  OHM_TRANSPORT_PACING_SETTINGS,
  { NULL },
};

/* What libmodbus does not know it takes for 9600 without a word. */
static const struct
{
  int baud;
  speed_t speed;
} ohm_modbus_rtu_line_speeds[] = {
  { 300, B300 },       { 600, B600 },       { 1200, B1200 },     { 2400, B2400 },
  { 4800, B4800 },     { 9600, B9600 },     { 19200, B19200 },   { 38400, B38400 },
  { 57600, B57600 },   { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 },
  { 921600, B921600 },
};
/* clang-format on */

static int
ohm_modbus_rtu_line_get_number (OhmSettings *settings, const char *key)
{
  return (int) g_ascii_strtoll (ohm_settings_get_string (settings, key), NULL, 10);
}

/* `N`, `E` or `O`, as in 8N1 */
static char
ohm_modbus_rtu_line_get_parity (OhmSettings *settings)
{
  return g_ascii_toupper (ohm_settings_get_string (settings, "parity")[0]);
}

void
ohm_modbus_rtu_line_get_timing (OhmSettings *settings, OhmModbusRtuTiming *ret_timing)
{
  ohm_modbus_rtu_timing_init (ret_timing, (guint) ohm_modbus_rtu_line_get_number (settings, "baud"),
                              ohm_modbus_rtu_line_get_parity (settings) != 'N',
                              (guint) ohm_modbus_rtu_line_get_number (settings, "stop-bits"));
}

/* --- what went wrong, in plain words --- */

static gboolean
ohm_modbus_rtu_line_set_missing (const char *device, GError **error)
{
  g_autofree char *others = ohm_modbus_rtu_owner_list_devices ();

  ohm_message_set_error (error, OHM_ERROR_LINK,
                         ohm_message_new ("device-missing", "device", device, "others", others,
                                          NULL),
                         "%s: no such serial line", device);
  return FALSE;
}

static gboolean
ohm_modbus_rtu_line_set_in_use (const char *device, GError **error)
{
  g_autofree char *owner = ohm_modbus_rtu_owner_find (device);

  ohm_message_set_error (error, OHM_ERROR_LINK,
                         ohm_message_new ("device-in-use", "device", device, "program", owner,
                                          NULL),
                         "%s: in use by %s", device, owner != NULL ? owner : "another program");
  return FALSE;
}

static gboolean
ohm_modbus_rtu_line_set_denied (const char *device, GError **error)
{
  struct group *group = NULL;
  GStatBuf info;

  if (g_stat (device, &info) == 0)
    group = getgrgid (info.st_gid);
  ohm_message_set_error (error, OHM_ERROR_LINK,
                         ohm_message_new ("device-denied", "device", device, "group",
                                          group != NULL ? group->gr_name : NULL, NULL),
                         "%s: permission denied", device);
  return FALSE;
}

static gboolean
ohm_modbus_rtu_line_set_errno (const char *device, int code, GError **error)
{
  switch (code)
    {
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
    case ENODEV:
      return ohm_modbus_rtu_line_set_missing (device, error);
    case EBUSY:
    case EWOULDBLOCK:
      return ohm_modbus_rtu_line_set_in_use (device, error);
    case EACCES:
    case EPERM:
      return ohm_modbus_rtu_line_set_denied (device, error);
    default:
      ohm_message_set_error_errno (error, device, code);
      return FALSE;
    }
}

static gboolean
ohm_modbus_rtu_line_set_no_line (const char *device, GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_LINK,
                         ohm_message_new ("device-not-serial", "device", device, NULL),
                         "%s: is no serial line", device);
  return FALSE;
}

static gboolean
ohm_modbus_rtu_line_set_unfit (OhmSettings *settings, const char *device, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%s 8%c%s", ohm_settings_get_string (settings, "baud"),
                                           ohm_modbus_rtu_line_get_parity (settings),
                                           ohm_settings_get_string (settings, "stop-bits"));

  ohm_message_set_error (error, OHM_ERROR_LINK,
                         ohm_message_new ("device-settings", "device", device, "settings", text,
                                          NULL),
                         "%s: cannot be set to %s", device, text);
  return FALSE;
}

/* --- opening --- */

/* The line is locked before anybody touches its settings: who has it open must not be disturbed. */
static gboolean
ohm_modbus_rtu_line_lock (OhmModbusRtuLine *self, GError **error)
{
  GStatBuf info;

  if (g_stat (self->device, &info) != 0)
    return ohm_modbus_rtu_line_set_errno (self->device, errno, error);
  if (!S_ISCHR (info.st_mode))
    return ohm_modbus_rtu_line_set_no_line (self->device, error);
  self->lock_fd = open (self->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (self->lock_fd < 0)
    return ohm_modbus_rtu_line_set_errno (self->device, errno, error);
  if (!isatty (self->lock_fd))
    return ohm_modbus_rtu_line_set_no_line (self->device, error);
  if (flock (self->lock_fd, LOCK_EX | LOCK_NB) != 0)
    return ohm_modbus_rtu_line_set_errno (self->device, errno, error);
  return TRUE;
}

static gboolean
ohm_modbus_rtu_line_connect (OhmModbusRtuLine *self, OhmSettings *settings, GError **error)
{
  self->modbus = modbus_new_rtu (self->device, ohm_modbus_rtu_line_get_number (settings, "baud"),
                                 ohm_modbus_rtu_line_get_parity (settings),
                                 ohm_modbus_rtu_line_get_number (settings, "data-bits"),
                                 ohm_modbus_rtu_line_get_number (settings, "stop-bits"));
  errno = 0;
  if (self->modbus != NULL && modbus_connect (self->modbus) == 0)
    return TRUE;
  /* kernel and C library refuse what the driver cannot do with EINVAL */
  if (errno == EINVAL)
    ohm_modbus_rtu_line_set_unfit (settings, self->device, error);
  else
    ohm_modbus_rtu_line_set_errno (self->device, errno, error);
  g_clear_pointer (&self->modbus, modbus_free);
  return FALSE;
}

/* Drivers take settings that they cannot do without a word, and show what they made of them. */
static gboolean
ohm_modbus_rtu_line_is_set (OhmSettings *settings, const struct termios *state)
{
  char parity = ohm_modbus_rtu_line_get_parity (settings);
  int baud = ohm_modbus_rtu_line_get_number (settings, "baud");
  tcflag_t wanted = CS8 | (parity != 'N' ? PARENB : 0) | (parity == 'O' ? PARODD : 0);

  if (ohm_modbus_rtu_line_get_number (settings, "stop-bits") == 2)
    wanted |= CSTOPB;
  if ((state->c_cflag & (CSIZE | PARENB | PARODD | CSTOPB)) != wanted)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (ohm_modbus_rtu_line_speeds); i++)
    if (ohm_modbus_rtu_line_speeds[i].baud == baud)
      return cfgetospeed (state) == ohm_modbus_rtu_line_speeds[i].speed;
  return FALSE;
}

/* What libmodbus leaves as it finds it: a carriage return that becomes a line feed, or flow
 * control, would spoil frames. With VMIN 1 a read of nothing can be told from a line that has
 * gone. */
static gboolean
ohm_modbus_rtu_line_make_raw (OhmModbusRtuLine *self, OhmSettings *settings, GError **error)
{
  int fd = ohm_modbus_rtu_line_get_fd (self);
  struct termios state;

  if (tcgetattr (fd, &state) != 0)
    return ohm_modbus_rtu_line_set_errno (self->device, errno, error);
  if (!ohm_modbus_rtu_line_is_set (settings, &state))
    return ohm_modbus_rtu_line_set_unfit (settings, self->device, error);
  state.c_iflag &= ~(tcflag_t) (IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON |
                                IXOFF | IXANY);
  state.c_cflag &= ~(tcflag_t) CRTSCTS;
  state.c_cc[VMIN] = 1;
  state.c_cc[VTIME] = 0;
  if (tcsetattr (fd, TCSANOW, &state) != 0)
    return ohm_modbus_rtu_line_set_errno (self->device, errno, error);
  tcflush (fd, TCIOFLUSH);
  return TRUE;
}

static gboolean
ohm_modbus_rtu_line_switch_rs485 (OhmModbusRtuLine *self, OhmSettings *settings, GError **error)
{
  if (!ohm_settings_get_boolean (settings, "rs485") ||
      modbus_rtu_set_serial_mode (self->modbus, MODBUS_RTU_RS485) == 0)
    return TRUE;
  ohm_message_set_error (error, OHM_ERROR_LINK,
                         ohm_message_new ("device-no-rs485", "device", self->device, NULL),
                         "%s: its driver cannot switch an RS-485 transceiver (%s)", self->device,
                         g_strerror (errno));
  return FALSE;
}

/* USB adapters keep bytes back for up to 16 ms unless they are told not to. */
static void
ohm_modbus_rtu_line_hurry (OhmModbusRtuLine *self)
{
  int fd = ohm_modbus_rtu_line_get_fd (self);
  struct serial_struct serial;

  if (ioctl (fd, TIOCGSERIAL, &serial) != 0)
    return;
  serial.flags |= (int) ASYNC_LOW_LATENCY;
  if (ioctl (fd, TIOCSSERIAL, &serial) != 0)
    g_debug ("%s: low latency: %s, ignoring", self->device, g_strerror (errno));
}

OhmModbusRtuLine *
ohm_modbus_rtu_line_open (OhmSettings *settings, GError **error)
{
  g_autoptr (OhmModbusRtuLine) self = g_new0 (OhmModbusRtuLine, 1);

  self->device = g_strdup (ohm_settings_get_string (settings, "device"));
  self->lock_fd = -1;
  if (!ohm_modbus_rtu_line_lock (self, error) ||
      !ohm_modbus_rtu_line_connect (self, settings, error) ||
      !ohm_modbus_rtu_line_make_raw (self, settings, error) ||
      !ohm_modbus_rtu_line_switch_rs485 (self, settings, error))
    return NULL;
  /* last, as libmodbus opens the line a second time; root gets past it, but not past the lock */
  self->is_ours = ioctl (ohm_modbus_rtu_line_get_fd (self), TIOCEXCL) == 0;
  ohm_modbus_rtu_line_hurry (self);
  return g_steal_pointer (&self);
}

void
ohm_modbus_rtu_line_close (OhmModbusRtuLine *self)
{
  if (self->is_ours)
    ioctl (self->lock_fd, TIOCNXCL);
  if (self->modbus != NULL)
    {
      tcflush (ohm_modbus_rtu_line_get_fd (self),
               TCIOFLUSH); /* or closing waits for what is unsent */
      modbus_close (self->modbus);
      modbus_free (self->modbus);
    }
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->device);
  g_free (self);
}

int
ohm_modbus_rtu_line_get_fd (const OhmModbusRtuLine *self)
{
  return modbus_get_socket (self->modbus);
}
