/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-capture-file.h"

#include "ohmctl-format.h"

void
ohmctl_capture_file_begin (GString *text, const OhmctlCaptureHeader *header)
{
  g_autofree char *origin = ohmctl_format_clean (header->origin);

  g_string_append_printf (text, "capture 1\nprofile %s\norigin %s\nunit %u\n", header->profile,
                          origin, header->unit);
}

static void
ohmctl_capture_file_add_time (GString *text, gint64 us)
{
  us = MAX (us, 0);
  g_string_append_printf (text, "%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT, us / G_USEC_PER_SEC,
                          us % G_USEC_PER_SEC);
}

static void
ohmctl_capture_file_add_hex (GString *text, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
}

/* Function apart, so that a reader finds address and count. */
static void
ohmctl_capture_file_add_pdu (GString *text, gint64 us, char arrow, const guint8 *pdu, gsize length)
{
  ohmctl_capture_file_add_time (text, us);
  g_string_append_printf (text, " %c ", arrow);
  ohmctl_capture_file_add_hex (text, pdu, 1);
  g_string_append_c (text, ' ');
  ohmctl_capture_file_add_hex (text, pdu + 1, length - 1);
  g_string_append_c (text, '\n');
}

static void
ohmctl_capture_file_add_request (GString *text, gint64 us, const OhmRequest *request)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_request (OHM_FRAMING_TCP, request, /* tid */ 0, frame);
  gsize pdu_length = 0;
  const guint8 *pdu = ohmctl_frame_get_pdu (OHM_FRAMING_TCP, frame, length, &pdu_length);

  if (pdu != NULL)
    ohmctl_capture_file_add_pdu (text, us, '>', pdu, pdu_length);
}

/* What did not become an answer is kept for people: a recording is often made because of it. */
static void
ohmctl_capture_file_add_comment (GString *text, gint64 us, const OhmctlExchange *exchange)
{
  g_string_append (text, "# ");
  ohmctl_capture_file_add_time (text, us);
  g_string_append_printf (text, " %s%s", ohmctl_outcome_to_string (exchange->outcome),
                          exchange->length > 0 ? " " : "");
  ohmctl_capture_file_add_hex (text, exchange->frame, exchange->length);
  g_string_append_c (text, '\n');
}

void
ohmctl_capture_file_add (GString *text, gint64 begin_us, const OhmctlExchange *exchange)
{
  gint64 us = exchange->time_us - begin_us;
  gboolean is_answer = exchange->outcome == OHMCTL_OUTCOME_VALUES ||
                       exchange->outcome == OHMCTL_OUTCOME_EXCEPTION;
  gsize length = 0;
  const guint8 *pdu = ohmctl_frame_get_pdu (exchange->framing, exchange->frame, exchange->length,
                                            &length);

  if (exchange->has_request)
    ohmctl_capture_file_add_request (text, us, &exchange->request);
  if (is_answer && exchange->has_request && pdu != NULL)
    ohmctl_capture_file_add_pdu (text, us + exchange->duration_us, '<', pdu, length);
  else
    ohmctl_capture_file_add_comment (text, us + MAX (exchange->duration_us, 0), exchange);
}
