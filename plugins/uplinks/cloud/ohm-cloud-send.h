/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-cloud-account.h"
#include "ohm-cloud-fetch.h"

G_BEGIN_DECLS

/**
 * OhmCloudSender:
 * @uplink: whose records
 * @session: how it connects
 * @account: (nullable): for `auth = claim`
 * @worker: encodes, compresses, reads files
 * @limits: what one request may cost
 *
 * What sending needs; referenced by each sending.
 */
typedef struct
{
  OhmUplink *uplink;
  SoupSession *session;
  OhmCloudAccount *account;
  OhmWorker *worker;
  OhmCloudLimits limits;
} OhmCloudSender;

/**
 * ohm_cloud_send_async:
 * @sender: with what
 * @batch: (nullable): records, or
 * @samples: (nullable): samples
 * @cancellable: (nullable): gives it up at any moment
 * @callback: called with the verdict
 * @user_data: for @callback
 *
 * Encodes, compresses, authorizes, posts, judges. A 401 renews the account's token and tries once
 * more.
 */
void ohm_cloud_send_async (const OhmCloudSender *sender,
                           OhmBatch *batch,
                           OhmSamples *samples,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/* (transfer full): the verdict; NULL only with G_IO_ERROR_CANCELLED */
OhmVerdict *ohm_cloud_send_finish (OhmUplink *uplink, GAsyncResult *result, GError **error);

G_END_DECLS
