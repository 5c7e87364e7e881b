/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One job: what is known of an earlier one -> range of the memory -> pages. Of a page, place by
 * place: what the store holds -> merge -> append -> and then the place in the memory, so that what
 * is not stored is read again and nothing is read for nothing.
 */

#include "ohm-backfill.h"

#include <stdio.h>
#include <string.h>

#include "ohm-backfill-link.h"
#include "ohm-backfill-merge.h"
#include "ohm-slot.h"

/* Differences that are told one by one; the job's result counts all. */
#define EVENTS_MAX 10

/* Fewer differences than these may be chance. */
#define SUSPICIOUS_MIN 3

/* On the host while it is being read. */
#define BUSY_KEY "ohm-backfill"

typedef struct
{
  OhmJob *job;           /* (owned) */
  OhmStore *store;       /* (owned) */
  OhmPlaces *places;     /* (owned) */
  OhmAlarms *alarms;     /* (owned) */
  OhmMeterHost *host;    /* (owned) */
  OhmHistory *history;   /* (owned) */
  OhmBackfillLink *link; /* (owned) */
  gulong cancelled_id;
  char *key; /* (owned): where the place in the memory is stored */
  gint64 from_us;
  gint64 to_us;
  gint64 first_us; /* oldest slot of the memory; 0 if not known */
  gboolean is_fresh;
  gboolean is_accepting;
  gboolean is_resumed;
  guint n_events;
  char *token;          /* (owned) (nullable): of the next page */
  OhmHistoryPage *page; /* (owned) (nullable): the present one */
  GPtrArray *runs;      /* (owned) (nullable) (element-type OhmRun): the present place's */
  GPtrArray *group;     /* (owned) (nullable) (element-type OhmRecord): the present place's */
  gint64 reached_us;    /* oldest slot of all pages */
  OhmBackfillTally tally;
} OhmBackfill;

static void ohm_backfill_next_page (OhmBackfill *self);
static void ohm_backfill_next_place (OhmBackfill *self);

static void
ohm_backfill_free (OhmBackfill *self)
{
  g_signal_handler_disconnect (ohm_job_get_cancellable (self->job), self->cancelled_id);
  g_object_set_data (G_OBJECT (self->host), BUSY_KEY, NULL);
  ohm_backfill_link_free (self->link);
  g_clear_pointer (&self->page, ohm_history_page_free);
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_clear_pointer (&self->group, g_ptr_array_unref);
  g_object_unref (self->history);
  g_object_unref (self->host);
  g_object_unref (self->places);
  g_object_unref (self->alarms);
  g_object_unref (self->store);
  g_object_unref (self->job);
  g_free (self->key);
  g_free (self->token);
  g_free (self);
}

static GVariant *
ohm_backfill_new_result (const OhmBackfill *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "read", "u", self->tally.n_read);
  g_variant_dict_insert (&dict, "filled", "u", self->tally.n_filled);
  g_variant_dict_insert (&dict, "replaced", "u", self->tally.n_replaced);
  g_variant_dict_insert (&dict, "kept", "u", self->tally.n_kept);
  g_variant_dict_insert (&dict, "foreign", "u", self->tally.n_foreign);
  g_variant_dict_insert (&dict, "differing", "u", self->tally.n_differing);
  g_variant_dict_insert (&dict, "resumed", "b", self->is_resumed);
  return g_variant_dict_end (&dict);
}

static void
ohm_backfill_end (OhmBackfill *self, OhmJobState state, OhmMessage *message)
{
  g_autoptr (OhmJob) job = g_object_ref (self->job);
  GVariant *result = ohm_backfill_new_result (self);

  ohm_backfill_free (self);
  ohm_job_end (job, state, message, result);
}

static void
ohm_backfill_fail (OhmBackfill *self, const GError *error)
{
  g_autoptr (OhmMessage) message = NULL;

  if (!ohm_error_is_cancelled (error))
    message = ohm_message_new_from_error (error);
  ohm_backfill_end (self, message != NULL ? OHM_JOB_FAILED : OHM_JOB_CANCELLED, message);
}

static void
ohm_backfill_succeed (OhmBackfill *self)
{
  g_autofree char *filled = g_strdup_printf ("%u", self->tally.n_filled);
  g_autofree char *replaced = g_strdup_printf ("%u", self->tally.n_replaced);
  g_autofree char *differing = g_strdup_printf ("%u", self->tally.n_differing);
  g_autofree char *foreign = self->tally.n_foreign > 0
                               ? g_strdup_printf ("%u", self->tally.n_foreign)
                               : NULL;
  g_autofree char *subject = g_strdup_printf ("meters/%s/memory",
                                              ohm_meter_host_get_id (self->host));
  g_autoptr (OhmMessage) message = NULL;

  if (self->tally.n_differing > 0)
    {
      message = ohm_message_new ("backfilled-differing", "filled", filled, "replaced", replaced,
                                 "differing", differing, "foreign", foreign, NULL);
      ohm_alarms_raise (self->alarms, subject, message);
    }
  else
    {
      message = ohm_message_new ("backfilled", "filled", filled, "replaced", replaced, "foreign",
                                 foreign, NULL);
      ohm_alarms_end (self->alarms, subject);
    }
  ohm_store_set_value (self->store, self->key, /* value */ NULL);
  ohm_backfill_end (self, OHM_JOB_DONE, message);
}

/* --- where we are, over a restart --- */

static void
ohm_backfill_save (OhmBackfill *self)
{
  const OhmBackfillTally *tally = &self->tally;
  g_autoptr (GBytes) bytes = NULL;
  char *text = g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                                " %u %u %u %u %u %u %s",
                                self->from_us, self->to_us, self->first_us, tally->n_read,
                                tally->n_filled, tally->n_replaced, tally->n_kept, tally->n_foreign,
                                tally->n_differing, self->token);

  bytes = g_bytes_new_take (text, strlen (text) + 1);
  ohm_store_set_value (self->store, self->key, bytes);
}

/* What an earlier job for the same time left; one that asked for all up to its "now" did so too. */
static gboolean
ohm_backfill_load (OhmBackfill *self, GBytes *bytes)
{
  gsize length = 0;
  const char *text = g_bytes_get_data (bytes, &length);
  gint64 from_us = 0;
  gint64 to_us = 0;
  gint64 first_us = 0;
  OhmBackfillTally tally;
  int end = 0;

  if (length == 0 || text[length - 1] != '\0' ||
      sscanf (text,
              "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %u %u %u %u %u %u %n",
              &from_us, &to_us, &first_us, &tally.n_read, &tally.n_filled, &tally.n_replaced,
              &tally.n_kept, &tally.n_foreign, &tally.n_differing, &end) != 9 ||
      end == 0 || from_us != self->from_us || to_us > self->to_us)
    return FALSE;
  self->to_us = to_us;
  self->first_us = first_us;
  self->tally = tally;
  self->token = g_strdup (text + end);
  self->is_resumed = TRUE;
  return TRUE;
}

/* --- a page --- */

static void
ohm_backfill_set_progress (OhmBackfill *self)
{
  gint64 begin_us = MAX (self->from_us, self->first_us);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (self->reached_us / G_USEC_PER_SEC);
  g_autofree char *shown = time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M UTC") : NULL;
  g_autoptr (OhmMessage) message = ohm_message_new ("backfilling", "time", shown, NULL);
  double done = 0;

  if (begin_us > 0 && self->to_us > begin_us)
    done = (double) (self->to_us - self->reached_us) / (double) (self->to_us - begin_us);
  ohm_job_set_progress (self->job, CLAMP (done, 0, 0.99), message);
}

static void
ohm_backfill_end_page (OhmBackfill *self)
{
  g_free (self->token);
  self->token = g_steal_pointer (&self->page->token);
  g_clear_pointer (&self->page, ohm_history_page_free);
  if (self->token == NULL)
    {
      ohm_backfill_succeed (self);
      return;
    }
  ohm_backfill_save (self);
  if (self->reached_us > 0)
    ohm_backfill_set_progress (self);
  ohm_backfill_next_page (self);
}

static void
ohm_backfill_on_appended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmBackfill *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ohm_store_append_finish (OHM_STORE (source), result, &error))
    ohm_backfill_fail (self, error);
  else
    ohm_backfill_next_place (self);
}

/* The same in every locale. */
static char *
ohm_backfill_dup_number (double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (number, sizeof number, "%.15g", value));
}

static void
ohm_backfill_tell (OhmBackfill *self, const char *place, const OhmBackfillDifference *difference)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (difference->slot_us / G_USEC_PER_SEC);
  g_autofree char *slot = time != NULL ? g_date_time_format_iso8601 (time) : NULL;
  g_autofree char *sampled = ohm_backfill_dup_number (difference->sampled);
  g_autofree char *told = ohm_backfill_dup_number (difference->told);
  g_autofree char *subject = g_strconcat ("places/", place, NULL);
  g_autoptr (OhmMessage) message = NULL;

  if (self->n_events++ >= EVENTS_MAX)
    return;
  message = ohm_message_new ("history-differs", "point", difference->point, "slot", slot, "sampled",
                             sampled, "told", told, NULL);
  ohm_store_add_event (self->store, subject, message);
}

/* (transfer full) (element-type OhmRecord): what is to be stored of the present group */
static GPtrArray *
ohm_backfill_merge_group (OhmBackfill *self,
                          const OhmPlace *place,
                          const OhmStorePage *stored,
                          GArray *differences)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  const char *serial = ohm_facts_get (ohm_meter_host_get_facts (self->host), "serial");

  for (guint i = 0; i < self->group->len; i++)
    {
      const OhmRecord *told = g_ptr_array_index (self->group, i);
      OhmBackfillDifference difference;
      OhmRecord *record;

      if (ohm_backfill_is_foreign (stored, self->runs, serial, told))
        {
          self->tally.n_read++;
          self->tally.n_foreign++;
          continue;
        }
      record = ohm_backfill_merge (place, stored, told, &self->tally, &difference);
      if (record != NULL)
        g_ptr_array_add (records, record);
      if (difference.point != NULL)
        g_array_append_val (differences, difference);
    }
  return records;
}

/* A memory that agrees nowhere is not this meter's truth but a wrong setting: good samples must not
 * be lost to it. */
static gboolean
ohm_backfill_check_group (OhmBackfill *self,
                          const OhmBackfillTally *before,
                          const GArray *differences,
                          GError **error)
{
  const OhmBackfillDifference *first;
  g_autofree char *sampled = NULL;
  g_autofree char *told = NULL;

  if (self->is_accepting || differences->len < SUSPICIOUS_MIN ||
      differences->len < self->tally.n_replaced - before->n_replaced)
    return TRUE;
  first = &g_array_index (differences, OhmBackfillDifference, 0);
  sampled = ohm_backfill_dup_number (first->sampled);
  told = ohm_backfill_dup_number (first->told);
  g_set_error (error, OHM_ERROR, OHM_ERROR_DEVICE,
               "the memory agrees with none of %u quarter hours that were sampled (%s: %s, sampled "
               "%s); nothing of them was stored: compare [history], the transformers' factor and "
               "the meter's clock, or accept it with --accept",
               differences->len, first->point, told, sampled);
  return FALSE;
}

static void
ohm_backfill_store_group (OhmBackfill *self, OhmPlace *place, const OhmStorePage *stored)
{
  const OhmBackfillTally before = self->tally;
  g_autoptr (GArray) differences = g_array_new (FALSE, FALSE, sizeof (OhmBackfillDifference));
  g_autoptr (GPtrArray) records = ohm_backfill_merge_group (self, place, stored, differences);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->group, g_ptr_array_unref);
  if (!ohm_backfill_check_group (self, &before, differences, &error))
    {
      self->tally = before;
      ohm_backfill_fail (self, error);
      return;
    }
  for (guint i = 0; i < differences->len; i++)
    ohm_backfill_tell (self, place->id, &g_array_index (differences, OhmBackfillDifference, i));
  if (records->len > 0)
    ohm_store_append_async (self->store, g_steal_pointer (&records), ohm_backfill_on_appended,
                            self);
  else
    ohm_backfill_next_place (self);
}

static void
ohm_backfill_on_queried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmBackfill *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmStorePage) stored = ohm_store_query_finish (OHM_STORE (source), result, &error);
  OhmPlace *place = ohm_places_get (self->places,
                                    ((OhmRecord *) g_ptr_array_index (self->group, 0))->place);

  if (stored != NULL && (place == NULL || place->points == NULL))
    g_set_error (&error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "the place is not measured any more");
  if (error != NULL)
    ohm_backfill_fail (self, error);
  else
    ohm_backfill_store_group (self, place, stored);
}

/* (transfer none) (nullable): who measures a group of the meter */
static OhmPlace *
ohm_backfill_find_place (OhmBackfill *self, const char *group)
{
  GPtrArray *places = ohm_places_of_meter (self->places, ohm_meter_host_get_id (self->host));

  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      OhmPlace *place = g_ptr_array_index (places, i);

      if (g_str_equal (place->source, group) && place->points != NULL)
        return place;
    }
  return NULL;
}

/* Takes the records of the first group that the page still has. */
static void
ohm_backfill_take_group (OhmBackfill *self, OhmPlace *place)
{
  GPtrArray *rest = self->page->records;
  const OhmRecord *first = g_ptr_array_index (rest, 0);
  g_autofree char *group = g_strdup (first->place);

  self->group = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  for (guint i = 0; i < rest->len;)
    {
      OhmRecord *record = g_ptr_array_index (rest, i);

      if (!g_str_equal (record->place, group))
        {
          i++;
          continue;
        }
      record = g_ptr_array_steal_index (rest, i);
      g_free (record->place);
      record->place = g_strdup (place->id);
      g_ptr_array_add (self->group, record);
    }
}

static void
ohm_backfill_query (OhmBackfill *self)
{
  const OhmRecord *first = g_ptr_array_index (self->group, 0);
  const OhmRecord *last = g_ptr_array_index (self->group, self->group->len - 1);
  const OhmStoreQuery query = {
    .place = first->place,
    .from_us = first->slot_us - OHM_SLOT_US,
    .to_us = last->slot_us,
  };

  self->reached_us = self->reached_us == 0 ? first->slot_us
                                           : MIN (self->reached_us, first->slot_us);
  ohm_store_query_async (self->store, &query, /* cancellable */ NULL, ohm_backfill_on_queried,
                         self);
}

static void
ohm_backfill_on_runs (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmBackfill *self = user_data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->runs, g_ptr_array_unref);
  self->runs = ohm_store_list_runs_finish (OHM_STORE (source), result, &error);
  if (self->runs == NULL)
    ohm_backfill_fail (self, error);
  else
    ohm_backfill_query (self);
}

static void
ohm_backfill_next_place (OhmBackfill *self)
{
  const OhmRecord *first;
  OhmPlace *place;

  if (self->page->records->len == 0)
    {
      ohm_backfill_end_page (self);
      return;
    }
  first = g_ptr_array_index (self->page->records, 0);
  place = ohm_backfill_find_place (self, first->place);
  if (place == NULL)
    {
      g_autoptr (GError) error = g_error_new (OHM_ERROR, OHM_ERROR_CONFIG,
                                              "no place is measured by '%s' of meter '%s'",
                                              first->place, ohm_meter_host_get_id (self->host));

      ohm_backfill_fail (self, error);
      return;
    }
  ohm_backfill_take_group (self, place);
  ohm_store_list_runs_async (self->store, place->id, /* cancellable */ NULL, ohm_backfill_on_runs,
                             self);
}

static void
ohm_backfill_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmBackfill *self = user_data;
  g_autoptr (GError) error = NULL;

  self->page = ohm_history_read_finish (OHM_HISTORY (source), result, &error);
  if (self->page == NULL)
    ohm_backfill_fail (self, error);
  else
    ohm_backfill_next_place (self);
}

static void
ohm_backfill_next_page (OhmBackfill *self)
{
  ohm_history_read_async (self->history, self->from_us, self->to_us, self->token,
                          ohm_job_get_cancellable (self->job), ohm_backfill_on_read, self);
}

/* --- the beginning --- */

static void
ohm_backfill_on_range (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmBackfill *self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 last_us = 0;

  if (!ohm_history_range_finish (OHM_HISTORY (source), result, &self->first_us, &last_us, &error))
    ohm_backfill_fail (self, error);
  else
    ohm_backfill_next_page (self);
}

static void
ohm_backfill_on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmBackfill *self = user_data;
  g_autoptr (GBytes) bytes = ohm_store_get_value_finish (OHM_STORE (source), result,
                                                         /* error */ NULL);

  if (bytes != NULL && !self->is_fresh && ohm_backfill_load (self, bytes))
    ohm_backfill_next_page (self);
  else
    ohm_history_range_async (self->history, ohm_job_get_cancellable (self->job),
                             ohm_backfill_on_range, self);
}

static void
ohm_backfill_on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  OhmBackfill *self = user_data;

  ohm_backfill_link_cancel (self->link);
}

static gboolean
ohm_backfill_check (const OhmBackfillSetup *setup, gint64 to_us, GError **error)
{
  const char *id = ohm_meter_host_get_id (setup->host);

  if (ohm_meter_host_get_config (setup->host)->history_type == G_TYPE_INVALID)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                 "meter '%s': its file has no [history]: nobody knows how to read its memory", id);
  else if (g_object_get_data (G_OBJECT (setup->host), BUSY_KEY) != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "meter '%s': its memory is being read already",
                 id);
  else if (ohm_meter_host_get_link (setup->host) == NULL ||
           ohm_meter_host_get_meter (setup->host) == NULL ||
           !ohm_meter_host_is_confirmed (setup->host))
    g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY,
                 "meter '%s' is %s: its memory is read once it is known to be the right one", id,
                 ohm_state_to_string (ohm_meter_host_get_state (setup->host)->code));
  else if (setup->from_us >= to_us)
    g_set_error_literal (error, OHM_ERROR, OHM_ERROR_CONFIG,
                         "there is no time between the begin and the end");
  else
    return TRUE;
  return FALSE;
}

OhmJob *
ohm_backfill_start (const OhmBackfillSetup *setup, GError **error)
{
  gint64 now_us = ohm_slot_at_or_before (ohm_clock_get_wall_us (setup->clock));
  gint64 to_us = setup->to_us > 0 ? MIN (setup->to_us, now_us) : now_us;
  const OhmMeterConfig *config = ohm_meter_host_get_config (setup->host);
  OhmBackfill *self;

  if (!ohm_backfill_check (setup, to_us, error))
    return NULL;
  self = g_new0 (OhmBackfill, 1);
  self->job = g_object_ref (ohm_jobs_start (setup->jobs, "backfill", config->id));
  self->store = g_object_ref (setup->store);
  self->places = g_object_ref (setup->places);
  self->alarms = g_object_ref (setup->alarms);
  self->host = g_object_ref (setup->host);
  self->history = ohm_history_new (config->history_type, ohm_meter_host_get_meter (setup->host),
                                   config->history);
  self->link = ohm_backfill_link_new (setup->host, self->history);
  self->key = g_strconcat ("backfill/", ohm_meter_host_get_id (setup->host), NULL);
  self->from_us = setup->from_us;
  self->to_us = to_us;
  self->is_fresh = setup->is_fresh;
  self->is_accepting = setup->is_accepting;
  self->cancelled_id = g_signal_connect (ohm_job_get_cancellable (self->job), "cancelled",
                                         G_CALLBACK (ohm_backfill_on_cancelled), self);
  g_object_set_data (G_OBJECT (self->host), BUSY_KEY, self);
  ohm_store_get_value_async (self->store, self->key, /* cancellable */ NULL, ohm_backfill_on_loaded,
                             self);
  return self->job;
}
