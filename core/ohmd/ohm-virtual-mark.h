/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

G_BEGIN_DECLS

#define OHM_TYPE_VIRTUAL_MARK (ohm_virtual_mark_get_type ())

/*
 * Up to which `seq` a virtual meter has worked on what its parts recorded: kept in the store, so
 * that a change behind the end of the sum is not forgotten by a restart, nor missed by a sum that
 * was not there. It may lag behind, never run ahead: what it makes be looked at again is no news.
 * Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmVirtualMark, ohm_virtual_mark, OHM, VIRTUAL_MARK, GObject)

/*
 * OhmVirtualMarkFunc:
 * @record: (nullable): one behind the mark, of any place; %NULL after the last
 */
typedef void (*OhmVirtualMarkFunc) (const OhmRecord *record, gpointer owner);

/* @place: the sum's place */
OhmVirtualMark *
ohm_virtual_mark_new (OhmStore *store, const char *place, OhmVirtualMarkFunc func, gpointer owner);

/*
 * Reads the mark and tells what was recorded since; nothing if that was done, or is being done.
 * What the store cannot answer now is asked with the next call.
 *
 * @has_records: whether the sum has any: else there is nothing behind its end
 */
void ohm_virtual_mark_load (OhmVirtualMark *self, gboolean has_records);

gboolean ohm_virtual_mark_is_loading (OhmVirtualMark *self);

/* A record of a part was announced. */
void ohm_virtual_mark_see (OhmVirtualMark *self, gint64 seq);

/* All that was seen is worked on, or ahead of the sum's end. @is_urgent: it is written now and not
 * when it is worth while */
void ohm_virtual_mark_settle (OhmVirtualMark *self, gboolean is_urgent);

/* Nothing is told or written any more. */
void ohm_virtual_mark_stop (OhmVirtualMark *self);

G_END_DECLS
