/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-message-private.h"

#include <string.h>

typedef struct
{
  char *name;
  char *value;
} OhmMessageArgument;

struct _OhmMessage
{
  char *code;
  GArray *arguments; /* (owned) (element-type OhmMessageArgument): sorted by name */
};

G_DEFINE_BOXED_TYPE (OhmMessage, ohm_message, ohm_message_ref, ohm_message_unref)

static void
ohm_message_argument_clear (OhmMessageArgument *argument)
{
  g_free (argument->name);
  g_free (argument->value);
}

static int
ohm_message_argument_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (((const OhmMessageArgument *) a)->name, ((const OhmMessageArgument *) b)->name);
}

static OhmMessage *
ohm_message_new_empty (const char *code)
{
  OhmMessage *self = g_atomic_rc_box_new0 (OhmMessage);

  self->code = g_strdup (code);
  self->arguments = g_array_new (FALSE, FALSE, sizeof (OhmMessageArgument));
  g_array_set_clear_func (self->arguments, (GDestroyNotify) ohm_message_argument_clear);
  return self;
}

static void
ohm_message_add (OhmMessage *self, const char *name, const char *value)
{
  OhmMessageArgument argument = { g_strdup (name), g_utf8_make_valid (value, -1) };

  g_array_append_val (self->arguments, argument);
}

OhmMessage *
ohm_message_new (const char *code, ...)
{
  OhmMessage *self;
  const char *name;
  va_list list;

  g_return_val_if_fail (code != NULL, NULL);

  self = ohm_message_new_empty (code);
  va_start (list, code);
  while ((name = va_arg (list, const char *)) != NULL)
    {
      const char *value = va_arg (list, const char *);

      if (value != NULL)
        ohm_message_add (self, name, value);
    }
  va_end (list);
  g_array_sort (self->arguments, ohm_message_argument_compare);
  return self;
}

OhmMessage *
ohm_message_new_from_variant (const char *code, GVariant *arguments)
{
  OhmMessage *self;
  GVariantIter iter;
  const char *name;
  const char *value;

  g_return_val_if_fail (code != NULL, NULL);
  g_return_val_if_fail (arguments == NULL ||
                          g_variant_is_of_type (arguments, G_VARIANT_TYPE ("a{ss}")),
                        NULL);

  self = ohm_message_new_empty (code);
  if (arguments != NULL)
    {
      g_variant_iter_init (&iter, arguments);
      while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
        ohm_message_add (self, name, value);
      g_array_sort (self->arguments, ohm_message_argument_compare);
    }
  return self;
}

OhmMessage *
ohm_message_ref (OhmMessage *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_message_clear (gpointer data)
{
  OhmMessage *self = data;

  g_free (self->code);
  g_array_unref (self->arguments);
}

void
ohm_message_unref (OhmMessage *self)
{
  g_atomic_rc_box_release_full (self, ohm_message_clear);
}

const char *
ohm_message_get_code (OhmMessage *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->code;
}

GVariant *
ohm_message_get_arguments (OhmMessage *self)
{
  GVariantBuilder builder;

  g_return_val_if_fail (self != NULL, NULL);

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < self->arguments->len; i++)
    {
      const OhmMessageArgument *argument = &g_array_index (self->arguments, OhmMessageArgument, i);

      g_variant_builder_add (&builder, "{ss}", argument->name, argument->value);
    }
  return g_variant_builder_end (&builder);
}

const char *
ohm_message_get_argument (OhmMessage *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  for (guint i = 0; i < self->arguments->len; i++)
    {
      const OhmMessageArgument *argument = &g_array_index (self->arguments, OhmMessageArgument, i);

      if (g_str_equal (argument->name, name))
        return argument->value;
    }
  return NULL;
}

static const OhmMessageText *
ohm_message_find_text (const char *code)
{
  for (const OhmMessageText *row = ohm_message_texts; row->code != NULL; row++)
    if (g_str_equal (row->code, code))
      return row;
  return NULL;
}

gboolean
ohm_message_code_is_known (const char *code)
{
  g_return_val_if_fail (code != NULL, FALSE);

  return ohm_message_find_text (code) != NULL;
}

/* Appends `{name}` at @text and returns where it goes on; *ret_found tells whether it was given. */
static const char *
ohm_message_expand_argument (OhmMessage *self, const char *text, GString *out, gboolean *ret_found)
{
  const char *end = strchr (text, '}');
  g_autofree char *name = g_strndup (text + 1, (gsize) (end - text - 1));
  const char *value = ohm_message_get_argument (self, name);

  if (value == NULL)
    *ret_found = FALSE;
  g_string_append (out, value == NULL ? "?" : value);
  return end + 1;
}

/* An argument may be a sentence of its own: "did you mean 'umg96rm'?" needs no dot behind it. */
static void
ohm_message_drop_second_mark (GString *out)
{
  if (out->len >= 2 && out->str[out->len - 1] == '.' && strchr (".?!", out->str[out->len - 2]))
    g_string_truncate (out, out->len - 1);
}

static char *
ohm_message_expand (OhmMessage *self, const char *text)
{
  GString *out = g_string_new (NULL);
  gsize group = 0; /* where the `[` began */
  gboolean is_whole = TRUE;

  while (*text != '\0')
    switch (*text)
      {
      case '{':
        text = ohm_message_expand_argument (self, text, out, &is_whole);
        break;
      case '[':
        group = out->len;
        is_whole = TRUE;
        text++;
        break;
      case ']':
        if (!is_whole)
          g_string_truncate (out, group);
        text++;
        break;
      default:
        g_string_append_c (out, *text++);
        break;
      }
  ohm_message_drop_second_mark (out);
  return g_string_free (out, FALSE);
}

/* Of a code that a newer release has: "code (name: value, name: value)". */
static char *
ohm_message_dump (OhmMessage *self)
{
  GString *out = g_string_new (self->code);

  for (guint i = 0; i < self->arguments->len; i++)
    {
      const OhmMessageArgument *argument = &g_array_index (self->arguments, OhmMessageArgument, i);

      g_string_append_printf (out, "%s%s: %s", i == 0 ? " (" : ", ", argument->name,
                              argument->value);
    }
  if (self->arguments->len > 0)
    g_string_append_c (out, ')');
  return g_string_free (out, FALSE);
}

char *
ohm_message_dup_text (OhmMessage *self)
{
  const OhmMessageText *row;

  g_return_val_if_fail (self != NULL, NULL);

  row = ohm_message_find_text (self->code);
  return row == NULL ? ohm_message_dump (self)
                     : ohm_message_expand (self, g_dgettext (GETTEXT_PACKAGE, row->text));
}

char *
ohm_message_dup_remedy (OhmMessage *self)
{
  const OhmMessageText *row;

  g_return_val_if_fail (self != NULL, NULL);

  row = ohm_message_find_text (self->code);
  if (row == NULL || row->remedy == NULL)
    return NULL;
  return ohm_message_expand (self, g_dgettext (GETTEXT_PACKAGE, row->remedy));
}

gboolean
ohm_message_equal (OhmMessage *a, OhmMessage *b)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL || !g_str_equal (a->code, b->code) ||
      a->arguments->len != b->arguments->len)
    return FALSE;
  for (guint i = 0; i < a->arguments->len; i++)
    {
      const OhmMessageArgument *x = &g_array_index (a->arguments, OhmMessageArgument, i);
      const OhmMessageArgument *y = &g_array_index (b->arguments, OhmMessageArgument, i);

      if (!g_str_equal (x->name, y->name) || !g_str_equal (x->value, y->value))
        return FALSE;
    }
  return TRUE;
}
