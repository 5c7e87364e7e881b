/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* So many bytes in front of an answer are noise: a driver that is switched to the line often makes
 * one or two. */
#define OHM_MODBUS_RTU_NOISE_MAX 4

typedef enum
{
  OHM_MODBUS_RTU_WAIT,   /* may still become an answer */
  OHM_MODBUS_RTU_ANSWER, /* is one */
  OHM_MODBUS_RTU_LOST,   /* cannot become one */
} OhmModbusRtuVerdict;

/**
 * ohm_modbus_rtu_find:
 * @request: what was asked
 * @quirks: what is forgiven
 * @bytes: (array length=length): what came since
 * @length: number of bytes
 * @ret_reply: (out): the answer, pointing into @bytes
 * @ret_length: (out): bytes up to its end
 *
 * Finds the answer in what came. It has to begin with the unit, function and byte count that are
 * expected, and its CRC has to be right; bytes in front of it are noise. Pure.
 */
OhmModbusRtuVerdict ohm_modbus_rtu_find (const OhmRequest *request,
                                         OhmModbusQuirks quirks,
                                         const guint8 *bytes,
                                         gsize length,
                                         OhmReply *ret_reply,
                                         gsize *ret_length);

/* Length of the frame that @bytes begin with, if that is whole and its CRC right; else 0. */
gsize ohm_modbus_rtu_find_whole (const guint8 *bytes, gsize length);

/* Says what is wrong with bytes that are no answer: %OHM_ERROR_PROTOCOL. */
void ohm_modbus_rtu_find_explain (const char *device,
                                  const OhmRequest *request,
                                  OhmModbusQuirks quirks,
                                  const guint8 *bytes,
                                  gsize length,
                                  GError **error);

G_END_DECLS
