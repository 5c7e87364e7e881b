/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-record.h"
#include "ohm-settings.h"

G_BEGIN_DECLS

#define OHM_TYPE_HISTORY (ohm_history_get_type ())

/**
 * OhmHistory:
 *
 * Reads interval records out of a meter's memory or another system, resumable by token. It may
 * own a connection or a helper process. Main thread.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_DERIVABLE_TYPE (OhmHistory, ohm_history, OHM, HISTORY, GObject)

/**
 * OhmHistoryPage:
 * @records: (element-type OhmRecord): in order of time; owned
 * @token: (nullable): where the next page begins; %NULL after the last; owned
 *
 * Since: 0.1
 */
typedef struct
{
  GPtrArray *records;
  char *token;
} OhmHistoryPage;

OHM_API void ohm_history_page_free (OhmHistoryPage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmHistoryPage, ohm_history_page_free)

/**
 * OhmHistoryClass:
 * @settings_table: its keys
 * @range_async: starts asking what the memory holds
 * @range_finish: first and last slot end, UTC in microseconds
 * @read_async: starts reading a page of the slots that end in (from, to]; @token is %NULL at first
 * @read_finish: (transfer full): the page
 *
 * Since: 0.1
 */
struct _OhmHistoryClass
{
  GObjectClass parent_class;

  const OhmSettingSpec *settings_table;
  void (*range_async) (OhmHistory *self,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*range_finish) (OhmHistory *self,
                            GAsyncResult *result,
                            gint64 *ret_first_us,
                            gint64 *ret_last_us,
                            GError **error);
  void (*read_async) (OhmHistory *self,
                      gint64 from_us,
                      gint64 to_us,
                      const char *token,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  OhmHistoryPage *(*read_finish) (OhmHistory *self, GAsyncResult *result, GError **error);

  /*< private >*/
  gpointer padding[12];
};

G_END_DECLS
