/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-register.h"

#include <string.h>

#include "ohmctl-error.h"

#define HOLDING 3
#define INPUT   4

static gboolean
ohmctl_register_refuse (const char *text, GError **error)
{
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
               "'%s' is no register: expected 0..65535, 0x0..0xffff, 4x1..4x65536 or 3x1..3x65536",
               text);
  return FALSE;
}

/* Counted from 1, of the kind that the first digit names: 4 holding, 3 input registers. */
static gboolean
ohmctl_register_take_kind (char kind, guint64 number, guint16 *ret_address, guint8 *ret_function)
{
  if ((kind != '4' && kind != '3') || number < 1 || number > 65536)
    return FALSE;
  *ret_address = (guint16) (number - 1);
  *ret_function = kind == '4' ? HOLDING : INPUT;
  return TRUE;
}

/* 40001 and 400001: the number has four digits or five behind the kind. */
static gboolean
ohmctl_register_parse_modicon (const char *text, guint16 *ret_address, guint8 *ret_function)
{
  gsize length = strlen (text);
  guint64 number;

  return (length == 5 || length == 6) &&
         g_ascii_string_to_unsigned (text + 1, 10, 1, 65536, &number, NULL) &&
         ohmctl_register_take_kind (text[0], number, ret_address, ret_function);
}

gboolean
ohmctl_register_parse (const char *text,
                       gboolean is_modicon,
                       guint16 *ret_address,
                       guint8 *ret_function,
                       GError **error)
{
  gboolean is_hex = g_str_has_prefix (text, "0x") || g_str_has_prefix (text, "0X");
  guint64 number;

  if (is_modicon)
    return ohmctl_register_parse_modicon (text, ret_address, ret_function) ||
           ohmctl_register_refuse (text, error);
  if (!is_hex && text[0] != '\0' && (text[1] == 'x' || text[1] == 'X'))
    return (g_ascii_string_to_unsigned (text + 2, 10, 1, 65536, &number, NULL) &&
            ohmctl_register_take_kind (text[0], number, ret_address, ret_function)) ||
           ohmctl_register_refuse (text, error);
  if (!g_ascii_string_to_unsigned (is_hex ? text + 2 : text, is_hex ? 16 : 10, 0, 65535, &number,
                                   NULL))
    return ohmctl_register_refuse (text, error);
  *ret_address = (guint16) number;
  return TRUE;
}

char *
ohmctl_register_dup_notations (guint16 address, guint8 function)
{
  return g_strdup_printf ("%u (0x%04x; %cx%u counted from 1)", address, address,
                          function == INPUT ? '3' : '4', address + 1u);
}

char *
ohmctl_register_dup_doubt (const char *text)
{
  guint16 address;
  guint8 function;

  if (strlen (text) != 5 || !ohmctl_register_parse_modicon (text, &address, &function))
    return NULL;
  return g_strdup_printf ("%s is taken as it is. If the manual means %s register number %u by it, "
                          "that is register %u on the wire: add --modicon",
                          text, function == INPUT ? "input" : "holding", address + 1u, address);
}
