/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-capture-line.h"

#include "ohmctl-format.h"

/* Bytes that belong to nothing are shown so far on a line of any length. */
#define BYTES_SHOWN_MAX 300

static void
ohmctl_capture_line_add_registers (GString *text, const OhmReply *reply)
{
  for (gsize i = 0; i < reply->length / 2; i++)
    g_string_append_printf (text, "%s%04x", i > 0 ? " " : "", ohm_reply_get_register (reply, i));
}

static void
ohmctl_capture_line_add_bytes (GString *text, const OhmctlExchange *exchange)
{
  for (gsize i = 0; i < MIN (exchange->length, BYTES_SHOWN_MAX); i++)
    g_string_append_printf (text, " %02x", exchange->frame[i]);
  if (exchange->length > BYTES_SHOWN_MAX)
    g_string_append (text, " ...");
}

static gboolean
ohmctl_capture_line_is_write (const OhmctlExchange *exchange)
{
  return exchange->request.function != 3 && exchange->request.function != 4;
}

/* (transfer full): what came of it, in words */
static char *
ohmctl_capture_line_dup_answer (const OhmctlExchange *exchange)
{
  g_autoptr (GString) text = g_string_new (NULL);

  switch (exchange->outcome)
    {
    case OHMCTL_OUTCOME_VALUES:
      if (ohmctl_capture_line_is_write (exchange))
        g_string_append (text, "written");
      else
        ohmctl_capture_line_add_registers (text, &exchange->reply);
      break;
    case OHMCTL_OUTCOME_EXCEPTION:
      g_string_append_printf (text, "exception %u: %s", exchange->reply.exception,
                              ohm_modbus_exception_to_string (exchange->reply.exception));
      break;
    case OHMCTL_OUTCOME_TIMEOUT:
      g_string_append (text, "no answer in time");
      break;
    case OHMCTL_OUTCOME_CUT:
      g_string_append (text, "closed before an answer came");
      break;
    case OHMCTL_OUTCOME_LATE:
      g_string_append (text, "late or second answer, dropped:");
      ohmctl_capture_line_add_bytes (text, exchange);
      break;
    case OHMCTL_OUTCOME_BROKEN:
      g_string_append (text, "not accepted:");
      ohmctl_capture_line_add_bytes (text, exchange);
      break;
    case OHMCTL_OUTCOME_OPENED:
      g_string_append (text, "connection opened");
      break;
    case OHMCTL_OUTCOME_CLOSED:
    default:
      g_string_append (text, "connection closed");
      break;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static OhmctlStyle
ohmctl_capture_line_style (OhmctlOutcome outcome)
{
  switch (outcome)
    {
    case OHMCTL_OUTCOME_EXCEPTION:
    case OHMCTL_OUTCOME_LATE:
      return OHMCTL_STYLE_WARNING;
    case OHMCTL_OUTCOME_TIMEOUT:
    case OHMCTL_OUTCOME_CUT:
    case OHMCTL_OUTCOME_BROKEN:
      return OHMCTL_STYLE_BAD;
    case OHMCTL_OUTCOME_OPENED:
    case OHMCTL_OUTCOME_CLOSED:
      return OHMCTL_STYLE_DIM;
    case OHMCTL_OUTCOME_VALUES:
    default:
      return OHMCTL_STYLE_PLAIN;
    }
}

static char *
ohmctl_capture_line_dup_time (OhmctlContext *context, gint64 us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, ohmctl_context_get_zone (context));
  g_autofree char *seconds = g_date_time_format (local, "%H:%M:%S");

  return g_strdup_printf ("%s.%03d", seconds, (int) (us % G_USEC_PER_SEC / 1000));
}

char *
ohmctl_capture_line_dup_header (void)
{
  return g_strdup ("TIME         UNIT FC FIRST COUNT     TOOK  ANSWER");
}

/* What was asked, as far as it is known, in columns. */
static void
ohmctl_capture_line_add_request (GString *line, const OhmctlExchange *exchange)
{
  g_autofree char *took = exchange->duration_us >= 0 ? ohmctl_format_latency (exchange->duration_us)
                                                     : NULL;

  if (exchange->unit >= 0)
    g_string_append_printf (line, " %4d", exchange->unit);
  else
    g_string_append (line, "     ");
  if (exchange->has_request)
    g_string_append_printf (line, " %2u %5u %5u", exchange->request.function,
                            exchange->request.address, exchange->request.count);
  else
    g_string_append_printf (line, "%15s", "");
  g_string_append_printf (line, " %8s  ", took != NULL ? took : "");
}

char *
ohmctl_capture_line_dup (OhmctlContext *context, const OhmctlExchange *exchange)
{
  g_autofree char *time = ohmctl_capture_line_dup_time (context, exchange->time_us);
  g_autofree char *answer = ohmctl_capture_line_dup_answer (exchange);
  OhmctlStyle style = ohmctl_capture_line_style (exchange->outcome);
  g_autoptr (GString) line = g_string_new (time);
  g_autofree char *fitted = NULL;

  ohmctl_capture_line_add_request (line, exchange);
  g_string_append (line, answer);
  if (exchange->lost > 0)
    g_string_append_printf (line, " (%u frames before it were lost)", exchange->lost);
  fitted = context->width > 0 ? ohmctl_ellipsize (line->str, context->width) : g_strdup (line->str);
  if (!context->has_color || style == OHMCTL_STYLE_PLAIN)
    return g_steal_pointer (&fitted);
  return g_strconcat (ohmctl_style_begin (style), fitted, "\033[0m", NULL);
}

static void
ohmctl_capture_line_write_request (OhmctlJson *json, const OhmctlExchange *exchange)
{
  if (exchange->unit >= 0)
    ohmctl_json_integer (json, "unit", exchange->unit);
  if (!exchange->has_request)
    return;
  ohmctl_json_unsigned (json, "function", exchange->request.function);
  ohmctl_json_unsigned (json, "address", exchange->request.address);
  ohmctl_json_unsigned (json, "count", exchange->request.count);
  ohmctl_json_integer (json, "duration_us", exchange->duration_us);
}

static void
ohmctl_capture_line_write_registers (OhmctlJson *json, const OhmctlExchange *exchange)
{
  if (exchange->outcome != OHMCTL_OUTCOME_VALUES || ohmctl_capture_line_is_write (exchange))
    return;
  ohmctl_json_begin_array (json, "registers");
  for (gsize i = 0; i < exchange->reply.length / 2; i++)
    ohmctl_json_unsigned (json, NULL, ohm_reply_get_register (&exchange->reply, i));
  ohmctl_json_end_array (json);
}

static void
ohmctl_capture_line_write_frame (OhmctlJson *json, const OhmctlExchange *exchange)
{
  g_autoptr (GString) hex = g_string_new (NULL);

  for (gsize i = 0; i < exchange->length; i++)
    g_string_append_printf (hex, "%02x", exchange->frame[i]);
  if (hex->len > 0)
    ohmctl_json_string (json, "frame", hex->str);
}

void
ohmctl_capture_line_write (OhmctlJson *json, const OhmctlExchange *exchange)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_time (json, "time", exchange->time_us);
  ohmctl_json_string (json, "outcome", ohmctl_outcome_to_string (exchange->outcome));
  ohmctl_capture_line_write_request (json, exchange);
  if (exchange->outcome == OHMCTL_OUTCOME_EXCEPTION)
    ohmctl_json_unsigned (json, "exception", exchange->reply.exception);
  ohmctl_capture_line_write_registers (json, exchange);
  ohmctl_capture_line_write_frame (json, exchange);
  if (exchange->lost > 0)
    ohmctl_json_unsigned (json, "lost", exchange->lost);
  ohmctl_json_end_object (json);
}
