/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-macros.h"

G_BEGIN_DECLS

/**
 * OhmError:
 * @OHM_ERROR_FAILED: anything that has no code of its own
 * @OHM_ERROR_CONFIG: a configuration file or value is wrong
 * @OHM_ERROR_PROFILE: a profile is wrong
 * @OHM_ERROR_PLUGIN: a plugin file was refused
 * @OHM_ERROR_ABI: a plugin was built for another ABI
 * @OHM_ERROR_NOT_FOUND: no such object
 * @OHM_ERROR_EXISTS: the object is there already
 * @OHM_ERROR_BUSY: cannot be done now, but later
 * @OHM_ERROR_NOT_SUPPORTED: the type or engine cannot do that
 * @OHM_ERROR_LINK: the path to the meter is down (no route, refused, closed)
 * @OHM_ERROR_TIMEOUT: nothing came before the deadline
 * @OHM_ERROR_PROTOCOL: what came cannot be trusted
 * @OHM_ERROR_DEVICE: the device answered with an exception
 * @OHM_ERROR_STORE: the database cannot be read or written
 * @OHM_ERROR_SECRET: a secret is missing or cannot be kept
 *
 * Codes of the one public error domain. Over D-Bus they are named
 * `org.ohmnibus.Ohmnibus1.Error.<Code>`. Cancellation stays %G_IO_ERROR_CANCELLED.
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_ERROR_FAILED,
  OHM_ERROR_CONFIG,
  OHM_ERROR_PROFILE,
  OHM_ERROR_PLUGIN,
  OHM_ERROR_ABI,
  OHM_ERROR_NOT_FOUND,
  OHM_ERROR_EXISTS,
  OHM_ERROR_BUSY,
  OHM_ERROR_NOT_SUPPORTED,
  OHM_ERROR_LINK,
  OHM_ERROR_TIMEOUT,
  OHM_ERROR_PROTOCOL,
  OHM_ERROR_DEVICE,
  OHM_ERROR_STORE,
  OHM_ERROR_SECRET,
} OhmError;

#define OHM_ERROR_LAST OHM_ERROR_SECRET

/**
 * OHM_ERROR:
 *
 * The error domain of Ohmnibus.
 *
 * Since: 0.1
 */
#define OHM_ERROR (ohm_error_quark ())

/**
 * ohm_error_quark:
 *
 * Registers the domain with D-Bus at the first call. Any thread.
 *
 * Returns: the quark of %OHM_ERROR
 *
 * Since: 0.1
 */
OHM_API GQuark ohm_error_quark (void);

/**
 * ohm_error_is_transient:
 * @error: (nullable): an error
 *
 * Retry policy hangs on this predicate alone: link, time-out, protocol and busy errors may
 * be gone at the next try.
 *
 * Returns: %TRUE if trying again makes sense
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_error_is_transient (const GError *error);

/**
 * ohm_error_is_config:
 * @error: (nullable): an error
 *
 * Returns: %TRUE if a person has to change a file (configuration, profile or plugin)
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_error_is_config (const GError *error);

/**
 * ohm_error_is_cancelled:
 * @error: (nullable): an error
 *
 * Returns: %TRUE for %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_error_is_cancelled (const GError *error);

/**
 * ohm_error_is_not_found:
 * @error: (nullable): an error
 *
 * Returns: %TRUE for %OHM_ERROR_NOT_FOUND
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_error_is_not_found (const GError *error);

G_END_DECLS
