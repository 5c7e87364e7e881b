/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-history.h"

G_DEFINE_ABSTRACT_TYPE (OhmHistory, ohm_history, G_TYPE_OBJECT)

void
ohm_history_page_free (OhmHistoryPage *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_free (self->token);
  g_free (self);
}

static void
ohm_history_class_init (OhmHistoryClass *klass)
{
}

static void
ohm_history_init (OhmHistory *self)
{
}
