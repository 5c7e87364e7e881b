/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-value.h"

const char *
ohm_quality_to_string (OhmQuality quality)
{
  static const char *const names[] = { "none", "good", "missing", "suspect" };

  g_return_val_if_fail (quality <= OHM_QUALITY_SUSPECT, NULL);

  return names[quality];
}

gboolean
ohm_quality_has_value (guint8 quality)
{
  return quality == OHM_QUALITY_GOOD || quality == OHM_QUALITY_SUSPECT;
}
