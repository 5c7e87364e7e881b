/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-meter.h"
#include "ohm-record.h"

G_BEGIN_DECLS

#define OHM_TYPE_HISTORY (ohm_history_get_type ())

/**
 * OhmHistory:
 *
 * Reads interval records out of a meter's memory or another system, page by page, resumable by
 * token. It may own a connection or a helper process; a memory that is read over the meter's own
 * link asks by ohm_history_exchange(). It belongs to one meter, whose `[history]` names it. Main
 * thread.
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
 * OhmHistoryReplyFunc:
 * @reply: (nullable): the checked answer; an exception is one
 * @error: (nullable): why there is none: of the link, or %G_IO_ERROR_CANCELLED
 * @user_data: as given to ohm_history_exchange()
 *
 * Since: 0.1
 */
typedef void (*OhmHistoryReplyFunc) (const OhmReply *reply,
                                     const GError *error,
                                     gpointer user_data);

/**
 * OhmHistoryLink:
 * @exchange: asks the meter; calls @func once
 * @owner: whose it is
 *
 * The way to the meter, given by the core: the link's background class, the meter's unit, writes
 * only if the class lists them.
 *
 * Since: 0.1
 */
typedef struct
{
  void (*exchange) (gpointer owner,
                    const OhmRequest *request,
                    OhmHistoryReplyFunc func,
                    gpointer user_data);
  gpointer owner;
} OhmHistoryLink;

/**
 * OhmHistoryClass:
 * @settings_table: keys of `[history]` besides `plugin`
 * @range_async: starts asking what the memory holds
 * @range_finish: first and last slot end, UTC in microseconds; 0 for what cannot be told
 * @read_async: starts reading a page of the slots that end in (from, to]; @token is %NULL at first
 * @read_finish: (transfer full): the page
 * @writes: (nullable) (array length=n_writes): the only writes that can be sent; a history writes
 *   nothing but what positions a memory for reading
 * @n_writes: their number
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
  const OhmWrite *writes;
  guint n_writes;

  /*< private >*/
  gpointer padding[10];
};

/**
 * ohm_history_new:
 * @type: a type derived from %OHM_TYPE_HISTORY
 * @meter: whose memory it is
 * @settings: (nullable): keys of the class's table
 *
 * Returns: (transfer full): an instance
 *
 * Since: 0.1
 */
OHM_API OhmHistory *ohm_history_new (GType type, OhmMeter *meter, OhmSettings *settings);

/**
 * ohm_history_get_meter:
 * @self: a history
 *
 * Returns: (transfer none) (not nullable): the meter whose memory it reads
 *
 * Since: 0.1
 */
OHM_API OhmMeter *ohm_history_get_meter (OhmHistory *self);

/**
 * ohm_history_get_settings:
 * @self: a history
 *
 * Returns: (transfer none) (nullable): the keys of `[history]` in the meter's file
 *
 * Since: 0.1
 */
OHM_API OhmSettings *ohm_history_get_settings (OhmHistory *self);

/**
 * ohm_history_set_link:
 * @self: a history
 * @link: (nullable): copied; %NULL takes it away
 *
 * For the core.
 *
 * Since: 0.1
 */
OHM_API void ohm_history_set_link (OhmHistory *self, const OhmHistoryLink *link);

/**
 * ohm_history_exchange:
 * @self: a history
 * @request: its unit does not matter
 * @func: called once; at once, from inside, with %OHM_ERROR_NOT_SUPPORTED if there is no link
 * @user_data: for @func
 *
 * Asks the meter; one exchange at a time.
 *
 * Since: 0.1
 */
OHM_API void ohm_history_exchange (OhmHistory *self,
                                   const OhmRequest *request,
                                   OhmHistoryReplyFunc func,
                                   gpointer user_data);

/**
 * ohm_history_range_async:
 * @self: a history
 * @cancellable: (nullable): gives up waiting
 * @callback: called once
 * @user_data: for @callback
 *
 * Asks what the memory holds.
 *
 * Since: 0.1
 */
OHM_API void ohm_history_range_async (OhmHistory *self,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/**
 * ohm_history_range_finish:
 * @self: a history
 * @result: the result
 * @ret_first_us: (out): end of the first slot, UTC; 0 if it cannot be told
 * @ret_last_us: (out): end of the last slot, UTC; 0 if it cannot be told
 *
 * Returns: whether the memory could be asked
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_history_range_finish (OhmHistory *self,
                                           GAsyncResult *result,
                                           gint64 *ret_first_us,
                                           gint64 *ret_last_us,
                                           GError **error);

/**
 * ohm_history_read_async:
 * @self: a history
 * @from_us: UTC; slots that end later are wanted
 * @to_us: UTC; slots that end by then are wanted
 * @token: (nullable): of the page before; %NULL for the first
 * @cancellable: (nullable): gives up waiting
 * @callback: called once
 * @user_data: for @callback
 *
 * Reads one page of the memory.
 *
 * Since: 0.1
 */
OHM_API void ohm_history_read_async (OhmHistory *self,
                                     gint64 from_us,
                                     gint64 to_us,
                                     const char *token,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

/**
 * ohm_history_read_finish:
 * @self: a history
 * @result: the result
 *
 * Returns: (transfer full): the page, or %NULL with @error
 *
 * Since: 0.1
 */
OHM_API OhmHistoryPage *
ohm_history_read_finish (OhmHistory *self, GAsyncResult *result, GError **error);

G_END_DECLS
