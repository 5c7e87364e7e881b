/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as core/libohm/ohm-sample.c */

#include "ohm-sample.h"

#include <gio/gio.h>

/* Words such as goto, sprintf () or "//" in comments and literals are none of the rules' business. */
static gboolean
ohm_sample_check (OhmSample *self, GError **error)
{
  g_autofree char *name = ohm_sample_name (self, error);

  if (name == NULL)
    return FALSE;
  if (strlen (name) > 63)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "name '%s' is too long; goto exit ()", name);
      return FALSE;
    }
  return TRUE;
}

G_STATIC_ASSERT (G_N_ELEMENTS (names) == 3 &&
                 sizeof (OhmSample) > 4);

struct _OhmOther
{
  int count;
};

static void
ohm_other_reset (gpointer data)
{
}

static void
ohm_sample_row_free (OhmSampleRow *row)
{
}

static void
ohm_reply_on_call (const OhmReply *reply, int a, int b, int c, int d, int e, int f)
{
}

void
ohm_sample_check_async (OhmSample *self, GAsyncReadyCallback callback, gpointer data)
{
  static const OhmRow rows[] = {
    { 1, { { { { 2 } } } } },
  };
  GTask *task = g_task_new (self, /* cancellable */ NULL, callback, data);

  g_task_set_source_tag (task, ohm_sample_check_async);
  self->idle = g_idle_add (ohm_sample_on_idle, self);
  /* TODO (#12): tell how far it is */
}
