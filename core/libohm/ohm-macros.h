/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

/**
 * OHM_API:
 *
 * Marks a symbol that libohm exports; everything else is hidden.
 *
 * Since: 0.1
 */
#define OHM_API __attribute__ ((visibility ("default")))
