/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_TEST_ENGINE (ohm_test_engine_get_type ())

/* An uplink whose engine is a table in memory: one row for each place, point and slot end. */
G_DECLARE_FINAL_TYPE (OhmTestEngine, ohm_test_engine, OHM, TEST_ENGINE, OhmUplink)

/*
 * OhmTestEngineFunc:
 * @batch: what came
 * @ret_is_stored: (inout): whether its rows are kept; %TRUE before the call
 *
 * Returns: (transfer full): what is answered
 */
typedef OhmVerdict *(*OhmTestEngineFunc) (OhmBatch *batch,
                                          gboolean *ret_is_stored,
                                          gpointer user_data);

/* Linked to an account, if it is asked. @id: of the uplink; @flags: a set of %OhmUplinkFlags */
OhmTestEngine *ohm_test_engine_new (const char *id, OhmClock *clock, guint flags);

/* @func: (nullable): takes everything */
void ohm_test_engine_set_func (OhmTestEngine *self, OhmTestEngineFunc func, gpointer user_data);

/* Loses all rows: a crash after the acknowledgement. */
void ohm_test_engine_forget (OhmTestEngine *self);

guint ohm_test_engine_n_rows (OhmTestEngine *self);
guint ohm_test_engine_n_requests (OhmTestEngine *self);

/* How often the row was written; 0 if it is not there. @ret_value: (nullable) */
guint ohm_test_engine_get_row (OhmTestEngine *self,
                               const char *place,
                               const char *point,
                               gint64 slot_us,
                               double *ret_value);

/* Samples that came, and the messages in which they did. */
guint ohm_test_engine_n_samples (OhmTestEngine *self);
guint ohm_test_engine_n_messages (OhmTestEngine *self);

/* What samples are answered from now on. */
void ohm_test_engine_set_samples_verdict (OhmTestEngine *self,
                                          OhmVerdictKind kind,
                                          gint64 retry_after_us);

/* Samples are not answered until this is called with %FALSE. */
void ohm_test_engine_set_hanging (OhmTestEngine *self, gboolean is_hanging);

G_END_DECLS
