/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-counters.h"
#include "ohm-store-private.h"

void
ohm_store_site_free (OhmStoreSite *self)
{
  g_free (self->id);
  g_free (self->meter);
  g_free (self->serial);
  g_free (self->source);
  g_free (self->address);
  g_free (self->counters);
  g_free (self->run_meter);
  g_free (self->run_serial);
  g_free (self->run_source);
  g_free (self->run_address);
  g_free (self->run_counters);
  g_free (self);
}

static OhmStoreSite *
ohm_store_site_from_row (OhmStatement *row)
{
  OhmStoreSite *site = g_new0 (OhmStoreSite, 1);

  site->number = ohm_statement_get_integer (row, 0);
  site->id = g_strdup (ohm_statement_get_text (row, 1));
  site->meter = g_strdup (ohm_statement_get_text (row, 2));
  site->serial = g_strdup (ohm_statement_get_text (row, 3));
  site->source = g_strdup (ohm_statement_get_text (row, 4));
  site->run = ohm_statement_get_integer (row, 5);
  site->run_meter = g_strdup (ohm_statement_get_text (row, 6));
  site->run_serial = g_strdup (ohm_statement_get_text (row, 7));
  site->run_source = g_strdup (ohm_statement_get_text (row, 8));
  site->address = g_strdup (ohm_statement_get_text (row, 9));
  site->run_address = g_strdup (ohm_statement_get_text (row, 10));
  site->counters = g_strdup (ohm_statement_get_text (row, 11));
  site->run_counters = g_strdup (ohm_statement_get_text (row, 12));
  return site;
}

OhmStoreSite *
ohm_store_find_site (OhmStoreBackend *self, const char *id, GError **error)
{
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  row = ohm_database_prepare (self->database, error,
                              "SELECT p.number, p.id, p.meter, p.serial, p.source, r.number,"
                              " r.meter, r.serial, r.source, p.address, r.address, p.counters,"
                              " r.counters FROM places AS p"
                              " LEFT JOIN runs AS r ON r.place = p.number AND r.closed_us IS NULL"
                              " WHERE p.id = ? ORDER BY r.number DESC LIMIT 1",
                              "t", id);
  if (row == NULL)
    return NULL;
  if (ohm_database_step (self->database, row, &problem))
    return ohm_store_site_from_row (row);
  if (problem == NULL)
    problem = g_error_new (OHM_ERROR, OHM_ERROR_NOT_FOUND, "no place '%s' in the store", id);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

OhmStoreSite *
ohm_store_ensure_site (OhmStoreBackend *self, const char *id, GError **error)
{
  g_autoptr (GError) problem = NULL;
  OhmStoreSite *site = ohm_store_find_site (self, id, &problem);

  if (site != NULL)
    return site;
  if (!ohm_error_is_not_found (problem))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  if (!ohm_database_run (self->database, error,
                         "INSERT INTO places (id, name, source, medium, is_inverted, factor,"
                         " updated_us) VALUES (?1, ?1, '', 'electricity', 0, 1.0, ?2)",
                         "ti", id, ohm_clock_get_wall_us (self->clock)))
    return NULL;
  return ohm_store_find_site (self, id, error);
}

gboolean
ohm_store_open_run (OhmStoreBackend *self, OhmStoreSite *site, gint64 opened_us, GError **error)
{
  if (!ohm_database_run (self->database, error,
                         "INSERT INTO runs (place, meter, serial, source, opened_us, address,"
                         " counters) VALUES (?, ?, ?, ?, ?, ?, ?)",
                         "itttitt", site->number, site->meter != NULL ? site->meter : "",
                         site->serial, site->source, opened_us, site->address, site->counters))
    return FALSE;
  site->run = ohm_database_get_last_number (self->database);
  return TRUE;
}

gboolean
ohm_store_close_run (OhmStoreBackend *self,
                     const OhmStoreSite *site,
                     gint64 closed_us,
                     GError **error)
{
  return ohm_database_run (self->database, error, "UPDATE runs SET closed_us = ? WHERE number = ?",
                           "ii", closed_us, site->run);
}

gboolean
ohm_store_begin_run (OhmStoreBackend *self, OhmStoreSite *site, gint64 from_us, GError **error)
{
  return (site->run == 0 || ohm_store_close_run (self, site, from_us, error)) &&
         ohm_store_open_run (self, site, from_us, error);
}

/* What is not known of one of both tells nothing. */
static gboolean
ohm_store_differs (const char *now, const char *of_run)
{
  return now != NULL && of_run != NULL && *of_run != '\0' && !g_str_equal (now, of_run);
}

/* Another counter: another group or input, or another meter that cannot prove to be the same.
 * Without a serial a meter is who is read at its address. */
static gboolean
ohm_store_is_other_counter (const OhmStoreSite *site)
{
  if (site->meter == NULL)
    return FALSE;
  if (g_strcmp0 (site->source, site->run_source) != 0)
    return TRUE;
  if (site->serial != NULL && site->run_serial != NULL)
    return FALSE;
  return ohm_store_differs (site->meter, site->run_meter) ||
         ohm_store_differs (site->address, site->run_address);
}

/* The same meter, but a counter is read from another register, or with another scale: no difference
 * is taken between both. */
static OhmMessage *
ohm_store_find_change (const OhmStoreSite *site)
{
  return site->meter != NULL ? ohm_counters_compare (site->run_counters, site->counters) : NULL;
}

static gboolean
ohm_store_tell_change (OhmStoreBackend *self,
                       const OhmStoreSite *site,
                       OhmMessage *change,
                       GError **error)
{
  g_autofree char *subject = g_strconcat ("places/", site->id, NULL);
  g_autofree char *arguments = ohm_store_print_variant (ohm_message_get_arguments (change));

  return ohm_store_put_event (self, subject, ohm_message_get_code (change), arguments, error);
}

/* Unknown becoming known starts nothing; a known serial follows its meter to a new id. */
static gboolean
ohm_store_follow_run (OhmStoreBackend *self, const OhmStoreSite *site, GError **error)
{
  const char *serial = site->serial != NULL ? site->serial : site->run_serial;
  const char *meter = site->meter != NULL ? site->meter : site->run_meter;
  const char *address = site->address != NULL ? site->address : site->run_address;
  g_autofree char *counters = ohm_counters_merge (site->run_counters, site->counters);

  if (g_strcmp0 (serial, site->run_serial) == 0 && g_strcmp0 (meter, site->run_meter) == 0 &&
      g_strcmp0 (address, site->run_address) == 0 && g_strcmp0 (counters, site->run_counters) == 0)
    return TRUE;
  return ohm_database_run (self->database, error,
                           "UPDATE runs SET serial = ?, meter = ?, address = ?, counters = ?"
                           " WHERE number = ?",
                           "tttti", serial, meter, address, counters, site->run);
}

gboolean
ohm_store_settle_run (OhmStoreBackend *self,
                      OhmStoreSite *site,
                      gint64 slot_us,
                      gboolean is_old,
                      gboolean *ret_is_wrong,
                      GError **error)
{
  g_autoptr (OhmMessage) change = ohm_store_find_change (site);
  gboolean is_other = ohm_store_is_other_counter (site);

  if (site->run == 0)
    return ohm_store_open_run (self, site, slot_us, error);
  *ret_is_wrong = !is_other && site->serial != NULL && site->run_serial != NULL &&
                  !g_str_equal (site->serial, site->run_serial);
  *ret_is_wrong |= is_old && (is_other || change != NULL);
  if (*ret_is_wrong)
    return TRUE;
  if (!is_other && change == NULL)
    return ohm_store_follow_run (self, site, error);
  return (is_other || ohm_store_tell_change (self, site, change, error)) &&
         ohm_store_begin_run (self, site, slot_us, error);
}

static gboolean
ohm_store_run_save_place (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmPlace *place = op->data;

  return ohm_database_run (
    self->database, error,
    "INSERT INTO places (id, name, source, medium, parent, is_inverted, factor, meter, serial,"
    " address, counters, updated_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET"
    " name = excluded.name, source = excluded.source, medium = excluded.medium,"
    " parent = excluded.parent, is_inverted = excluded.is_inverted, factor = excluded.factor,"
    " meter = excluded.meter, serial = coalesce (excluded.serial, serial),"
    " address = coalesce (excluded.address, address),"
    " counters = coalesce (excluded.counters, counters),"
    " updated_us = excluded.updated_us",
    "tttttidtttti", place->id, place->name, place->source, place->medium, place->parent,
    (gint64) place->is_inverted, place->factor, place->meter, place->serial, place->address,
    place->counters, ohm_clock_get_wall_us (self->clock));
}

void
ohm_store_save_place (OhmStore *self, OhmPlace *place)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && place != NULL);

  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_save_place);
  ohm_store_op_set_data (op, ohm_place_ref (place), (GDestroyNotify) ohm_place_unref,
                         sizeof (OhmPlace));
  ohm_store_push (self, op);
}

static gboolean
ohm_store_run_keep_run (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  return ohm_database_run (self->database, error,
                           "UPDATE runs SET meter = '', address = NULL WHERE closed_us IS NULL"
                           " AND place = (SELECT number FROM places WHERE id = ?)",
                           "t", (const char *) op->data);
}

void
ohm_store_keep_run (OhmStore *self, const char *place)
{
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && place != NULL);

  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_keep_run);
  ohm_store_op_set_data (op, g_strdup (place), g_free, strlen (place));
  ohm_store_push (self, op);
}

typedef struct
{
  char *id;
  char *new_id;
} OhmStoreRename;

static void
ohm_store_rename_free (OhmStoreRename *self)
{
  g_free (self->id);
  g_free (self->new_id);
  g_free (self);
}

static gboolean
ohm_store_run_rename_place (OhmStoreBackend *self, OhmStoreOp *op, GError **error)
{
  const OhmStoreRename *rename = op->data;
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, rename->id, error);
  g_autoptr (OhmStoreSite) other = NULL;
  g_autoptr (GError) problem = NULL;

  if (site == NULL)
    return FALSE;
  other = ohm_store_find_site (self, rename->new_id, &problem);
  if (other != NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS, "there is a place '%s' already",
                   rename->new_id);
      return FALSE;
    }
  if (!ohm_error_is_not_found (problem))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  return ohm_database_run (self->database, error, "UPDATE places SET id = ? WHERE number = ?", "ti",
                           rename->new_id, site->number) &&
         ohm_store_rename_events (self, "places", rename->id, rename->new_id, error);
}

void
ohm_store_rename_place_async (OhmStore *self,
                              const char *id,
                              const char *new_id,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  OhmStoreRename *rename;
  OhmStoreOp *op;

  g_return_if_fail (OHM_IS_STORE (self) && id != NULL && new_id != NULL);

  rename = g_new0 (OhmStoreRename, 1);
  rename->id = g_strdup (id);
  rename->new_id = g_strdup (new_id);
  op = ohm_store_op_new (OHM_STORE_OP_STATE, ohm_store_run_rename_place);
  ohm_store_op_set_data (op, rename, (GDestroyNotify) ohm_store_rename_free, sizeof *rename);
  op->task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (op->task, ohm_store_rename_place_async);
  ohm_store_push (self, op);
}

gboolean
ohm_store_rename_place_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
