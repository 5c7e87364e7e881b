/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-record.h"
#include "ohm-settings.h"

G_BEGIN_DECLS

#define OHM_TYPE_UPLINK (ohm_uplink_get_type ())

/**
 * OhmUplink:
 *
 * Delivers records to another system. It gets a batch as plain immutable data and answers one
 * verdict; position, pacing, retry, bisection and dead letters are the core's. Main thread.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_DERIVABLE_TYPE (OhmUplink, ohm_uplink, OHM, UPLINK, GObject)

/**
 * OhmBatch:
 * @records: (array length=n_records): in the order of `seq`
 * @n_records: their number
 *
 * Since: 0.1
 */
typedef struct
{
  OhmRecord *const *records;
  guint n_records;
} OhmBatch;

/**
 * OhmVerdictKind:
 *
 * What became of a batch (design 4.11).
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_VERDICT_ACCEPTED,
  OHM_VERDICT_PARTLY,
  OHM_VERDICT_TRANSIENT,
  OHM_VERDICT_UNCLEAR,
  OHM_VERDICT_DATA,
  OHM_VERDICT_SIZE,
  OHM_VERDICT_AUTH,
  OHM_VERDICT_CONFIGURATION,
} OhmVerdictKind;

/**
 * OhmVerdict:
 * @kind: the verdict
 * @n_accepted: for partly
 * @retry_after_us: for transient; 0 if the engine did not say
 * @text: (nullable): the engine's words; owned
 *
 * Since: 0.1
 */
typedef struct
{
  OhmVerdictKind kind;
  guint n_accepted;
  gint64 retry_after_us;
  char *text;
} OhmVerdict;

OHM_API void ohm_verdict_free (OhmVerdict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmVerdict, ohm_verdict_free)

/**
 * OhmUplinkFlags:
 * @OHM_UPLINK_IDEMPOTENT: sending a record twice leaves one row
 * @OHM_UPLINK_DURABLE: accepted means on disk
 * @OHM_UPLINK_ORDERED: needs records of a place in order
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_UPLINK_IDEMPOTENT = 1 << 0,
  OHM_UPLINK_DURABLE = 1 << 1,
  OHM_UPLINK_ORDERED = 1 << 2,
} OhmUplinkFlags;

/**
 * OhmUplinkClass:
 * @settings_table: keys of its `.uplink` file
 * @flags: a set of %OhmUplinkFlags
 * @deliver_async: starts delivering one batch; one in flight
 * @deliver_finish: its verdict
 *
 * Since: 0.1
 */
struct _OhmUplinkClass
{
  GObjectClass parent_class;

  const OhmSettingSpec *settings_table;
  OhmUplinkFlags flags;
  void (*deliver_async) (OhmUplink *self,
                         const OhmBatch *batch,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  OhmVerdict *(*deliver_finish) (OhmUplink *self, GAsyncResult *result, GError **error);

  /*< private >*/
  gpointer padding[12];
};

OHM_API void ohm_uplink_deliver_async (OhmUplink *self,
                                       const OhmBatch *batch,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
OHM_API OhmVerdict *
ohm_uplink_deliver_finish (OhmUplink *self, GAsyncResult *result, GError **error);

G_END_DECLS
