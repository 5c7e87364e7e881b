/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-error.h"
#include "ohmctl-json.h"
#include "ohmctl-table.h"

#include <ohm.h>

G_BEGIN_DECLS

typedef enum
{
  OHMCTL_BUS_SYSTEM,
  OHMCTL_BUS_SESSION,
  OHMCTL_BUS_ADDRESS,
} OhmctlBus;

/**
 * OhmctlContext:
 * @bus_kind: where the daemon is looked for
 * @bus_address: (owned) (nullable): of %OHMCTL_BUS_ADDRESS
 * @bus: (owned) (nullable): opened with the first call
 * @owner: (owned) (nullable): unique name of the daemon
 * @point_sets: (owned): id to #OhmctlPointSet, as far as they were asked for
 * @zone: (owned) (nullable): time zone of the site, see ohmctl_context_get_zone()
 * @has_offset: whether the daemon has been asked for the time
 * @offset_us: how far its clock is ahead of the machine's
 * @is_json: whether machine output is wanted
 * @has_color: whether the output goes to a terminal that wants colours
 * @width: columns of the terminal; 0 if lines may have any length
 * @exit: exit code if nothing fails
 *
 * What all verbs share.
 */
typedef struct
{
  OhmctlBus bus_kind;
  char *bus_address;
  GDBusConnection *bus;
  char *owner;
  GHashTable *point_sets;
  GTimeZone *zone;
  gboolean has_offset;
  gint64 offset_us;
  gboolean is_json;
  gboolean has_color;
  guint width;
  OhmctlExit exit;
} OhmctlContext;

OhmctlContext *ohmctl_context_new (void);
void ohmctl_context_free (OhmctlContext *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlContext, ohmctl_context_free)

/* The site's time zone as the daemon says it; the machine's if it cannot be asked. */
GTimeZone *ohmctl_context_get_zone (OhmctlContext *self);

/* What time it is for the daemon, once it has been talked to: UTC in microseconds. */
gint64 ohmctl_context_now_us (void);

/* `in 40 s`, `now`; `-` for 0. (transfer full) */
char *ohmctl_context_format_next (gint64 us);

/* Text to stdout in the encoding of the locale. */
void ohmctl_print (const char *text);
void ohmctl_printf (const char *format, ...) G_GNUC_PRINTF (1, 2);
void ohmctl_print_table (OhmctlContext *self, OhmctlTable *table);
/* What is pending in @json. */
void ohmctl_print_json (OhmctlJson *json);
/* @text in lines that fit the terminal, each behind @indent blanks; cleaned of control characters
 */
void ohmctl_print_paragraph (OhmctlContext *self, guint indent, const char *text);
/* Text of @message, then its remedy if there is one. */
void ohmctl_print_message (OhmctlContext *self, guint indent, OhmMessage *message);

/* `{"code":..,"arguments":{..},"text":..,"remedy":..}`; null for @message %NULL or without code */
void ohmctl_json_message (OhmctlJson *json, const char *key, OhmMessage *message);

G_END_DECLS
