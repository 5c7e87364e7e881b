/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-value.h"

GVariant *
ohm_dbus_string (const char *text)
{
  return g_variant_new_string (text != NULL ? text : "");
}

GVariant *
ohm_dbus_strings (const char *const *texts)
{
  return g_variant_new_strv (texts, texts != NULL ? -1 : 0);
}

GVariant *
ohm_dbus_message_code (OhmMessage *message)
{
  return ohm_dbus_string (message != NULL ? ohm_message_get_code (message) : NULL);
}

GVariant *
ohm_dbus_message_arguments (OhmMessage *message)
{
  if (message == NULL)
    return ohm_dbus_reason_arguments (NULL);
  return ohm_message_get_arguments (message);
}

GVariant *
ohm_dbus_state_code (const OhmState *state)
{
  return g_variant_new_string (ohm_state_to_string (state->code));
}

GVariant *
ohm_dbus_state_since (const OhmState *state)
{
  return g_variant_new_int64 (state->since_us);
}

GVariant *
ohm_dbus_state_cause_code (const OhmState *state)
{
  return ohm_dbus_message_code (state->cause);
}

GVariant *
ohm_dbus_state_cause_arguments (const OhmState *state)
{
  return ohm_dbus_message_arguments (state->cause);
}

GVariant *
ohm_dbus_state_next_attempt (const OhmState *state)
{
  return g_variant_new_int64 (state->next_attempt_us);
}

GVariant *
ohm_dbus_reason_code (const char *code, const char *reason)
{
  return g_variant_new_string (reason != NULL ? code : "");
}

GVariant *
ohm_dbus_reason_arguments (const char *reason)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  if (reason != NULL)
    g_variant_builder_add (&builder, "{ss}", "text", reason);
  return g_variant_builder_end (&builder);
}

char *
ohm_dbus_dup_classes (guint classes)
{
  static const char *const names[] = { "live", "slow", "slot" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if ((classes & (1u << i)) != 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", names[i]);
  return g_strdup (text->str);
}

const char *
ohm_dbus_gap_cause (const OhmRecord *gap)
{
  const char *cause = ohm_gap_cause_to_string (gap->cause);
  g_autofree char *text = NULL;

  if (gap->part == NULL)
    return cause;
  /* there are as many texts as parts of virtual meters: few */
  text = g_strdup_printf ("%s %s", cause, gap->part);
  return g_intern_string (text);
}
