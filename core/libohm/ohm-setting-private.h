/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-settings.h"

G_BEGIN_DECLS

/* One checked value; which members count is told by its spec. */
typedef struct
{
  char *text;     /* (owned) (nullable) as written */
  gint64 integer; /* integers, booleans, durations in microseconds */
  double real;
  GStrv list; /* (owned) (nullable) */
} OhmSettingValue;

/* Nothing in @ret_value is touched on failure; @error holds the bare reason. */
gboolean ohm_setting_value_parse (const OhmSettingSpec *spec,
                                  const char *text,
                                  OhmSettingValue *ret_value,
                                  GError **error);
gboolean ohm_setting_value_equal (const OhmSettingSpec *spec,
                                  const OhmSettingValue *a,
                                  const OhmSettingValue *b);
void ohm_setting_value_clear (OhmSettingValue *value);

G_END_DECLS
