/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-crc32c.h"

/* Four bits at a time, polynomial 0x1EDC6F41 reflected: records are small, a small table is too. */
static const guint32 ohm_crc32c_table[16] = {
  0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
  0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

guint32
ohm_crc32c (guint32 crc, const void *data, gsize length)
{
  const guint8 *bytes = data;

  crc = ~crc;
  for (gsize i = 0; i < length; i++)
    {
      crc ^= bytes[i];
      crc = (crc >> 4) ^ ohm_crc32c_table[crc & 15];
      crc = (crc >> 4) ^ ohm_crc32c_table[crc & 15];
    }
  return ~crc;
}
