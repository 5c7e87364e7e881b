/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-sim-layout.h"
#include "ohm-sim-model.h"

G_BEGIN_DECLS

/* The memory of a UMG 96S: a ring of blocks of 18 bytes, one for each quarter hour since the meter
 * was installed, at registers 500 to 510 and 702. A block's values are import and export, u32 each.
 */
typedef struct _OhmSimMemory OhmSimMemory;

/* (nullable): %NULL for a type without such a memory */
OhmSimMemory *ohm_sim_memory_new (const OhmSimLayout *layout);
void ohm_sim_memory_free (OhmSimMemory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimMemory, ohm_sim_memory_free)

/* FALSE if the request is none of the memory's. Moves @model in time. */
gboolean ohm_sim_memory_read (OhmSimMemory *self,
                              const OhmRequest *request,
                              OhmSimModel *model,
                              gint64 wall_us,
                              const guint8 **ret_registers);

/* The function register: 0 goes to the newest block. Exception code, or 0; -1 if it is another one.
 */
int ohm_sim_memory_write (OhmSimMemory *self, const OhmRequest *request, gint64 wall_us);

G_END_DECLS
