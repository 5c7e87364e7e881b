/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-connection.h"
#include "ohmctl-device.h"
#include "ohmctl-format.h"
#include "ohmctl-job.h"
#include "ohmctl-object.h"
#include "ohmctl-result.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

/* `192.0.2.10:502/3`: the unit behind the slash, if there is one. @ret_target: (transfer full) */
static gboolean
ohmctl_test_take_target (OhmctlArgs *args, char **ret_target, GVariantDict *options, GError **error)
{
  const char *target = ohmctl_args_word (args, 0);
  const char *slash = *target != '/' ? strrchr (target, '/') : NULL;
  guint unit = G_MAXUINT;
  guint64 value;

  if (*target == '\0' || (*target != '/' && strpbrk (target, " \t\r\n") != NULL))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' is no meter, no host and no device", target);
      return FALSE;
    }
  if (!ohmctl_args_get_uint (args, "unit", 255, &unit, error))
    return FALSE;
  if (slash != NULL)
    {
      if (!g_ascii_string_to_unsigned (slash + 1, 10, 0, 255, &value, NULL))
        {
          g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                       "'%s': behind the slash stands a unit from 0 to 255", target);
          return FALSE;
        }
      unit = (guint) value;
    }
  if (unit != G_MAXUINT)
    g_variant_dict_insert (options, "unit", "u", unit);
  if (ohmctl_args_has (args, "type"))
    g_variant_dict_insert (options, "type", "s", ohmctl_args_get (args, "type"));
  *ret_target = slash != NULL ? g_strndup (target, (gsize) (slash - target)) : g_strdup (target);
  return TRUE;
}

/* What to do with a device that answers and is no meter of ours yet. */
static void
ohmctl_test_print_hint (OhmctlContext *context, const char *target, GVariant *result)
{
  g_autofree char *type = ohmctl_result_dup_type (result);
  g_autofree char *host = g_strdup (target);
  g_autofree char *stable = NULL;
  g_autofree char *where = NULL;
  g_autoptr (OhmctlObject) meter = NULL;
  const char *colon = strrchr (target, ':');
  const char *settings = "";
  guint8 unit = 0;

  if (type == NULL)
    return;
  if (ohm_id_is_valid (target))
    meter = ohmctl_object_get (context, OHMCTL_KIND_METER, target, /* error */ NULL);
  if (meter != NULL)
    return;
  g_variant_lookup (result, "unit", "y", &unit);
  g_variant_lookup (result, "settings", "&s", &settings);
  if (*target == '/')
    stable = ohmctl_device_find_stable (OHMCTL_DEVICE_STABLE_DIR, target);
  if (*target != '/' && colon != NULL &&
      (*target == '[' ? colon[-1] == ']' : strchr (target, ':') == colon))
    host[colon - target] = '\0';
  else
    colon = NULL;
  where = ohmctl_format_argument (stable != NULL ? stable : host);
  ohmctl_printf ("\nadd it: ohmctl add ID --type=%s --%s=%s%s%s --unit=%u%s%s\n", type,
                 *target == '/' ? "device" : "host", where, colon != NULL ? " --port=" : "",
                 colon != NULL ? colon + 1 : "", unit, *settings != '\0' ? " " : "", settings);
}

/* Nobody said that it speaks RTU: now it has to be written down. */
static void
ohmctl_test_print_framing (OhmctlContext *context, GVariant *result)
{
  g_autoptr (OhmMessage) message = NULL;
  const char *settings = "";
  const char *address = NULL;

  g_variant_lookup (result, "settings", "&s", &settings);
  g_variant_lookup (result, "address", "&s", &address);
  if (strstr (settings, "framing=rtu") == NULL)
    return;
  message = ohm_message_new ("rtu-over-tcp", "peer", address, NULL);
  ohmctl_print_message (context, 0, message);
}

static void
ohmctl_test_print (OhmctlContext *context, const char *target, OhmctlObject *job)
{
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (job);
  gboolean is_done = strcmp (ohmctl_object_string (job, "State"), "done") == 0;

  if (is_done && message != NULL)
    ohmctl_print_message (context, 0, message);
  if (is_done && result != NULL)
    ohmctl_test_print_framing (context, result);
  if (result != NULL)
    ohmctl_result_print (context, result);
  if (is_done && result != NULL)
    ohmctl_test_print_hint (context, target, result);
}

static gboolean
ohmctl_test_finish (OhmctlContext *context, const char *target, OhmctlObject *job, GError **error)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  g_autofree char *type = result != NULL ? ohmctl_result_dup_type (result) : NULL;
  g_autoptr (GVariant) trouble = result != NULL ? g_variant_lookup_value (result, "trouble", NULL)
                                                : NULL;
  gboolean is_done = strcmp (ohmctl_object_string (job, "State"), "done") == 0;

  if (context->is_json)
    {
      ohmctl_json_object (json, NULL, job);
      ohmctl_print_json (json);
    }
  else
    ohmctl_test_print (context, target, job);
  if (is_done && (type == NULL || trouble != NULL))
    context->exit = OHMCTL_EXIT_FINDINGS;
  return ohmctl_job_check (job, error);
}

/* A host that cannot be found and is nearly the id of a meter is most likely a typing error. */
static gboolean
ohmctl_test_is_misspelt (OhmctlContext *context,
                         const char *target,
                         OhmctlObject *job,
                         GError **error)
{
  g_autoptr (GPtrArray) meters = NULL;
  g_autoptr (GPtrArray) ids = ohmctl_words_new ();
  const char *const *known;

  if (strcmp (ohmctl_object_string (job, "MessageCode"), "host-unknown") != 0 ||
      !ohm_id_is_valid (target))
    return FALSE;
  meters = ohmctl_object_list (context, OHMCTL_KIND_METER, /* error */ NULL);
  for (guint i = 0; meters != NULL && i < meters->len; i++)
    ohmctl_words_add (ids, ohmctl_object_get_id (meters->pdata[i]));
  known = ohmctl_words_end (ids);
  if (ohm_suggest (target, known) == NULL)
    return FALSE;
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "meter", target, known);
  return TRUE;
}

static gboolean
ohmctl_test_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmctlObject) job = NULL;
  g_autofree char *target = NULL;
  const char *path;

  if (!ohmctl_test_take_target (args, &target, &options, error))
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.Test",
                                  g_variant_new ("(s@a{sv})", target,
                                                 g_variant_dict_end (&options)),
                                  "(o)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &path);
  job = ohmctl_job_follow (context, path, error);
  if (job == NULL || ohmctl_test_is_misspelt (context, target, job, error))
    return FALSE;
  return ohmctl_test_finish (context, target, job, error);
}

static const OhmctlOption ohmctl_test_options[] = {
  { "unit", "UNIT", "unit id to ask, 0..255; as HOST[:PORT]/UNIT" },
  { "type", "TYPE", "read it as this type, whatever fits best", OHMCTL_WORD_PROFILE },
  { NULL },
};

const OhmctlVerb ohmctl_test_verbs[] = {
  {
    .verb = "test",
    .words = "METER|HOST[:PORT][/UNIT]|DEVICE",
    .summary = "connect, identify and read a meter; if that fails, say why",
    .text = "Takes a meter by its id, an address in the network or a serial line. Nothing is "
            "written to the device and nothing is added. An address in the network is asked in "
            "Modbus TCP and, if it is silent, in RTU frames; a serial line with the baud rates and "
            "parities that meters usually come with. Ctrl-C cancels.",
    .examples = "ohmctl test main\n"
                "ohmctl test 192.0.2.10/3\n"
                "ohmctl test gateway.example:1502 --unit=3\n"
                "ohmctl test /dev/ttyUSB0 --unit=12\n",
    .options = ohmctl_test_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_test_run,
  },
  { NULL },
};
