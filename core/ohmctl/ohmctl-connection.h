/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"

G_BEGIN_DECLS

/* Opens the bus and finds the daemon; does nothing if both are known. */
gboolean ohmctl_connection_open (OhmctlContext *context, GError **error);

/**
 * ohmctl_connection_call:
 * @path: an object
 * @method: `Manager.Reload` for an interface of ours, or the whole name
 * @arguments: (nullable): floating references are taken
 * @reply: type of the answer: `(o)`
 * @error: domains %OHM_ERROR, %G_DBUS_ERROR, %G_IO_ERROR, %OHMCTL_ERROR; the message has no prefix
 *   of D-Bus
 *
 * Returns: (transfer full) (nullable): the answer
 */
GVariant *ohmctl_connection_call (OhmctlContext *context,
                                  const char *path,
                                  const char *method,
                                  GVariant *arguments,
                                  const char *reply,
                                  GError **error);

/**
 * ohmctl_connection_call_fd:
 * @type: type of the variant in the memory file that the method answers
 *
 * Returns: (transfer full) (nullable): the contents of the file
 */
GVariant *ohmctl_connection_call_fd (OhmctlContext *context,
                                     const char *path,
                                     const char *method,
                                     GVariant *arguments,
                                     const char *type,
                                     GError **error);

/* The descriptor that a method answers, to be closed by the caller; -1 on error. */
int ohmctl_connection_call_stream (OhmctlContext *context,
                                   const char *path,
                                   const char *method,
                                   GVariant *arguments,
                                   GError **error);

/* (transfer full): `/org/ohmnibus/Ohmnibus1/meters/main_2d2` of "meters" and "main-2" */
char *ohmctl_connection_dup_path (const char *folder, const char *id);

/* Whether @error says that there is no object at the path. */
gboolean ohmctl_connection_is_unknown_object (const GError *error);

G_END_DECLS
