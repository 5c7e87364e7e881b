/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* User manual of the UMG 96S: 2 bytes number, 4 seconds since 1970, 10 values, 1 profile, 1 error.
 */
#define OHM_UMG96S_BLOCK_BYTES    18
#define OHM_UMG96S_VALUE_BYTES    10
#define OHM_UMG96S_BLOCKS_MAX     32768
#define OHM_UMG96S_VALUES_MAX     5
#define OHM_UMG96S_PROFILE_ENERGY 3

/* One block of the memory. */
typedef struct
{
  guint16 number;
  guint32 time_s;
  guint8 values[OHM_UMG96S_VALUE_BYTES];
  guint8 profile;
  guint8 error;
} OhmUmg96sBlock;

/* FALSE if nothing was ever written there: all bits 0 or all 1. @bytes: OHM_UMG96S_BLOCK_BYTES */
gboolean ohm_umg96s_block_parse (const guint8 *bytes, OhmUmg96sBlock *ret_block);

/* Whether it holds the counters of the end of a quarter hour, and holds them well. */
gboolean ohm_umg96s_block_is_slot (const OhmUmg96sBlock *self);

/*
 * OhmUmg96sLayout:
 * @points: the counters of a block
 * @encodings: of each
 * @offsets: byte in the values of each
 *
 * What the values of a block are: `POINT:FORMAT` one after the other.
 */
typedef struct
{
  OhmPointSet *points;
  OhmEncoding encodings[OHM_UMG96S_VALUES_MAX];
  guint offsets[OHM_UMG96S_VALUES_MAX];
} OhmUmg96sLayout;

/* @ratio: factor of the transformers, which the memory leaves out. %OHM_ERROR_CONFIG */
gboolean ohm_umg96s_layout_init (OhmUmg96sLayout *self,
                                 const char *const *values,
                                 double ratio,
                                 GError **error);
void ohm_umg96s_layout_clear (OhmUmg96sLayout *self);

/* (transfer full): the record of the slot at which a block was written */
OhmRecord *ohm_umg96s_layout_make_record (const OhmUmg96sLayout *self, const OhmUmg96sBlock *block);

G_END_DECLS
