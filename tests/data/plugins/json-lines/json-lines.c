/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An uplink that appends a line of JSON per record to a file. Whoever reads the file takes the last
 * line of a place and slot, so that a record that comes twice does no harm. */

#include <ohm.h>

#include <stdio.h>

#define OHM_TYPE_JSON_LINES (ohm_json_lines_get_type ())
G_DECLARE_FINAL_TYPE (OhmJsonLines, ohm_json_lines, OHM, JSON_LINES, OhmUplink)

struct _OhmJsonLines
{
  OhmUplink parent_instance;

  char *token; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (OhmJsonLines, ohm_json_lines, OHM_TYPE_UPLINK)

/* Keys of [json-lines] in an .uplink file; checked, explained and documented from here. */
static const OhmSettingSpec settings[] = {
  { "file", OHM_SETTING_STRING, .max = 4096, .is_required = TRUE,
    .help = "The file to append to." },
  { "obey", OHM_SETTING_STRING, .max = 4096,
    .help = "A file that says how to answer, for tests: a verdict, then the engine's words." },
  { NULL },
};

static const char *const address_keys[] = { "file", NULL };

static const OhmUplinkSecret secrets[] = {
  { "token", "What the reader of the file wants to see in each line." },
  { NULL },
};

static const char *
ohm_json_lines_get (gpointer self, const char *key)
{
  return ohm_settings_get_string (ohm_uplink_get_settings (self), key);
}

static void
ohm_json_lines_append_cells (GString *text, const OhmRecord *record)
{
  const char *separator = "";
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n);

  for (guint i = 0; i < n; i++)
    if (record->qualities[i] == OHM_QUALITY_GOOD)
      {
        char number[G_ASCII_DTOSTR_BUF_SIZE];

        if (points[i].is_integer)
          g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, record->cells[i].integer);
        else
          g_ascii_dtostr (number, sizeof number, record->cells[i].real);
        g_string_append_printf (text, "%s\"%s\": %s", separator, points[i].name, number);
        separator = ", ";
      }
}

static void
ohm_json_lines_append_item (OhmJsonLines *self, GString *text, const OhmBatchItem *item)
{
  const OhmRecord *record = item->record;

  g_string_append_printf (text, "{\"place\": \"%s\", \"slot\": %" G_GINT64_FORMAT, record->place,
                          record->slot_us / G_USEC_PER_SEC);
  if (self->token != NULL)
    g_string_append_printf (text, ", \"token\": \"%s\"", self->token);
  if (record->is_gap)
    g_string_append_printf (text, ", \"from\": %" G_GINT64_FORMAT ", \"cause\": \"%s\"",
                            record->from_us / G_USEC_PER_SEC,
                            ohm_gap_cause_to_string (record->cause));
  g_string_append (text, ", \"values\": {");
  ohm_json_lines_append_cells (text, record);
  g_string_append (text, "}}\n");
}

/* (nullable): the verdict that a test wants */
static OhmVerdict *
ohm_json_lines_obey (gpointer self)
{
  const char *file = ohm_json_lines_get (self, "obey");
  g_autofree char *text = NULL;

  if (file == NULL || !g_file_get_contents (file, &text, NULL, NULL))
    return NULL;
  for (OhmVerdictKind kind = OHM_VERDICT_TRANSIENT; kind <= OHM_VERDICT_CONFIGURATION; kind++)
    if (g_str_has_prefix (text, ohm_verdict_kind_to_string (kind)))
      {
        OhmVerdict *verdict = ohm_verdict_new (kind,
                                               ohm_message_new ("failed", "text", text, NULL));

        verdict->text = g_strdup (g_strstrip (text));
        return verdict;
      }
  return NULL;
}

static OhmVerdict *
ohm_json_lines_write (gpointer self, OhmBatch *batch)
{
  g_autoptr (GString) text = g_string_new (NULL);
  OhmVerdict *verdict = ohm_verdict_new (OHM_VERDICT_ACCEPTED, NULL);
  FILE *file = fopen (ohm_json_lines_get (self, "file"), "ae");
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  for (guint i = 0; i < n; i++)
    ohm_json_lines_append_item (self, text, &items[i]);
  if (file == NULL || fwrite (text->str, 1, text->len, file) < text->len)
    verdict->kind = OHM_VERDICT_TRANSIENT;
  if (file != NULL)
    fclose (file);
  verdict->n_points = n;
  verdict->n_bytes = text->len;
  return verdict;
}

static void
ohm_json_lines_deliver_async (OhmUplink *self,
                              OhmBatch *batch,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  OhmVerdict *verdict = ohm_json_lines_obey (self);

  g_task_set_source_tag (task, ohm_json_lines_deliver_async);
  if (verdict == NULL)
    verdict = ohm_json_lines_write (self, batch);
  g_task_return_pointer (task, verdict, (GDestroyNotify) ohm_verdict_free);
}

static OhmVerdict *
ohm_json_lines_deliver_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static guint
ohm_json_lines_get_flags (OhmUplink *self)
{
  return OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE;
}

static void
ohm_json_lines_on_token (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmJsonLines) self = user_data;

  ohm_secret_free (self->token);
  self->token = ohm_secrets_lookup_finish (OHM_SECRETS (source), result, /* error */ NULL);
}

static void
ohm_json_lines_look_up (OhmUplink *self)
{
  ohm_secrets_lookup_async (ohm_uplink_get_secrets (self), ohm_uplink_get_id (self), "token",
                            /* cancellable */ NULL, ohm_json_lines_on_token, g_object_ref (self));
}

static void
ohm_json_lines_secret_changed (OhmUplink *self, const char *name)
{
  ohm_json_lines_look_up (self);
}

static gboolean
ohm_json_lines_check (OhmSettings *own, GError **error)
{
  if (g_path_is_absolute (ohm_settings_get_string (own, "file")))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "file: has to begin with a slash");
  return FALSE;
}

static void
ohm_json_lines_finalize (GObject *object)
{
  ohm_secret_free (OHM_JSON_LINES (object)->token);
  G_OBJECT_CLASS (ohm_json_lines_parent_class)->finalize (object);
}

static void
ohm_json_lines_class_init (OhmJsonLinesClass *klass)
{
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ohm_json_lines_finalize;
  uplink_class->settings_table = settings;
  uplink_class->address_keys = address_keys;
  uplink_class->secrets = secrets;
  uplink_class->check = ohm_json_lines_check;
  uplink_class->start = ohm_json_lines_look_up;
  uplink_class->secret_changed = ohm_json_lines_secret_changed;
  uplink_class->get_flags = ohm_json_lines_get_flags;
  uplink_class->deliver_async = ohm_json_lines_deliver_async;
  uplink_class->deliver_finish = ohm_json_lines_deliver_finish;
}

static void
ohm_json_lines_init (OhmJsonLines *self)
{
}

OHM_PLUGIN ("json-lines", "Appends lines of JSON to a file", ohm_json_lines_get_type);
