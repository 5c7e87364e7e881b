/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-identify.h"

G_BEGIN_DECLS

typedef enum
{
  OHM_IDENTIFY_UNASKED,
  OHM_IDENTIFY_REFUSED, /* there is no such register */
  OHM_IDENTIFY_ANSWERED,
} OhmIdentifyProgress;

/* One read of the union, and what came of it. */
typedef struct
{
  guint8 function; /* as asked by the rule: 0, 3 or 4 */
  guint16 address;
  guint16 count;
  OhmIdentifyProgress progress;
  guint8 data[2 * OHM_READ_REGISTERS_MAX];
} OhmIdentifyRead;

/* What all types look for: every register once, whoever wants it. */
typedef struct
{
  GArray *reads; /* (element-type OhmIdentifyRead) */
  GArray *types; /* (element-type OhmIdentifyType): rules and the reads that they look at */
  guint n_asked;
} OhmIdentifyReads;

OhmIdentifyReads *ohm_identify_reads_new (OhmProfileCatalog *profiles);
void ohm_identify_reads_free (OhmIdentifyReads *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmIdentifyReads, ohm_identify_reads_free)

/* (nullable): the read to ask for next, the one that is worth most; NULL once no answer could
 * change which type is best, or after OHM_IDENTIFY_READS_MAX. The same again if nothing was taken
 * since. */
OhmIdentifyRead *ohm_identify_reads_next (OhmIdentifyReads *self);

/* @data: (nullable): the registers; NULL if the device refused or did not answer */
void ohm_identify_read_take (OhmIdentifyRead *read, const guint8 *data);

/* (transfer full) (element-type OhmCandidate): all types that something speaks for, best first */
GPtrArray *ohm_identify_reads_rank (const OhmIdentifyReads *self);

G_END_DECLS
