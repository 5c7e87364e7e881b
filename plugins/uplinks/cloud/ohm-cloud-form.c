/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-form.h"

#include <string.h>

/* Grown by hand: a GString leaves its former memory behind as it is. */
static char *
ohm_cloud_form_add (char *form, const char *name, const char *text)
{
  char *escaped = g_uri_escape_string (text, NULL, /* allow UTF-8 */ FALSE);
  char *longer = form == NULL ? g_strdup_printf ("%s=%s", name, escaped)
                              : g_strdup_printf ("%s&%s=%s", form, name, escaped);

  ohm_secret_free (escaped);
  ohm_secret_free (form);
  return longer;
}

SoupMessage *
ohm_cloud_form_new (const char *address, ...)
{
  SoupMessage *message = soup_message_new ("POST", address);
  char *form = NULL;
  g_autoptr (GBytes) body = NULL;
  const char *name;
  va_list arguments;

  if (message == NULL)
    return NULL;
  va_start (arguments, address);
  while ((name = va_arg (arguments, const char *)) != NULL)
    form = ohm_cloud_form_add (form, name, va_arg (arguments, const char *));
  va_end (arguments);
  body = g_bytes_new_with_free_func (form, strlen (form), (GDestroyNotify) ohm_secret_free, form);
  soup_message_set_request_body_from_bytes (message, "application/x-www-form-urlencoded", body);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Accept",
                                "application/json");
  return message;
}
