/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-uplink-change.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-csv.h"
#include "ohmctl-job.h"
#include "ohmctl-secret.h"
#include "ohmctl-spec.h"
#include "ohmctl-time.h"

#define FILE_MAX (64 * 1024)

/* Keys of `[uplink]`; what is none of them is the plugin's. */
#define COMMON_SCOPE "uplink"

static const char *
ohmctl_uplink_get_group (GPtrArray *common, const char *plugin, const char *key)
{
  return ohmctl_spec_find (common, COMMON_SCOPE, key) != NULL ? COMMON_SCOPE : plugin;
}

/* The file's text of KEY=VALUE words. (transfer full) (nullable) */
static char *
ohmctl_uplink_make_text (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *plugin = ohmctl_args_word (args, 1);
  g_autoptr (GPtrArray) common = ohmctl_spec_get (context, COMMON_SCOPE, error);
  g_autoptr (GString) text = g_string_new ("[" COMMON_SCOPE "]\n");
  g_autoptr (GString) own = g_string_new (NULL);

  if (common == NULL)
    return NULL;
  g_string_append_printf (text, "plugin = %s\n", plugin);
  for (guint i = 2; i < ohmctl_args_n_words (args); i++)
    {
      g_autofree char *key = NULL;
      const char *value;
      gboolean is_common;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return NULL;
      is_common = strcmp (ohmctl_uplink_get_group (common, "", key), COMMON_SCOPE) == 0;
      g_string_append_printf (is_common ? text : own, "%s = %s\n", key, value);
    }
  if (own->len > 0)
    g_string_append_printf (text, "\n[%s]\n%s", plugin, own->str);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* (transfer full) (nullable) */
static char *
ohmctl_uplink_dup_text (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *file = ohmctl_args_get (args, "file");
  gsize length;

  if (file != NULL)
    return ohmctl_read_file (file, FILE_MAX, &length, error);
  if (ohmctl_args_n_words (args) > 1 && strchr (ohmctl_args_word (args, 1), '=') == NULL)
    return ohmctl_uplink_make_text (context, args, error);
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
               "say which plugin, as in 'ohmctl uplink add %s cloud KEY=VALUE...'",
               ohmctl_args_word (args, 0));
  return NULL;
}

/* What it needs besides its file. Whether it is linked may not be known yet. */
static void
ohmctl_uplink_print_next (OhmctlObject *uplink)
{
  const char *id = ohmctl_object_get_id (uplink);
  const char *claim = ohmctl_object_string (uplink, "Claim");
  g_autoptr (GVariant) secrets = ohmctl_object_variant (uplink, "Secrets", "a{ss}");
  GVariantIter iter;
  const char *name;

  if (strcmp (claim, "unclaimed") == 0 || strcmp (claim, "unknown") == 0)
    ohmctl_printf ("Link it to an account: ohmctl claim %s\n", id);
  if (secrets == NULL)
    return;
  g_variant_iter_init (&iter, secrets);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, NULL))
    ohmctl_printf ("If it needs a %s: ohmctl uplink secret %s %s\n", name, id, name);
}

gboolean
ohmctl_uplink_add (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *id = ohmctl_args_word (args, 0);
  g_autofree char *text = ohmctl_uplink_dup_text (context, args, error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmctlObject) uplink = NULL;

  if (text == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.AddUplink",
                                  g_variant_new ("(ssa{sv})", id, text, NULL), "(o)", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "uplink", id, "uplink '%s' is added", id);
  uplink = context->is_json ? NULL
                            : ohmctl_object_get (context, OHMCTL_KIND_UPLINK, id,
                                                 /* error */ NULL);
  if (uplink != NULL)
    ohmctl_uplink_print_next (uplink);
  return TRUE;
}

/* Sets @ret_set and @ret_unset with the group of each key before it; both floating. */
static gboolean
ohmctl_uplink_take_keys (OhmctlContext *context,
                         OhmctlArgs *args,
                         const char *plugin,
                         GVariant **ret_set,
                         GVariant **ret_unset,
                         GError **error)
{
  g_autoptr (GPtrArray) common = ohmctl_spec_get (context, COMMON_SCOPE, error);
  g_auto (GVariantBuilder) set = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_auto (GVariantBuilder) unset = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  GPtrArray *keys = ohmctl_args_get_all (args, "unset");

  if (common == NULL)
    return FALSE;
  for (guint i = 1; i < ohmctl_args_n_words (args); i++)
    {
      g_autofree char *key = NULL;
      const char *value;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return FALSE;
      g_variant_builder_add (&set, "(sss)", ohmctl_uplink_get_group (common, plugin, key), key,
                             value);
    }
  for (guint i = 0; keys != NULL && i < keys->len; i++)
    g_variant_builder_add (&unset, "(ss)", ohmctl_uplink_get_group (common, plugin, keys->pdata[i]),
                           keys->pdata[i]);
  *ret_set = g_variant_builder_end (&set);
  *ret_unset = g_variant_builder_end (&unset);
  return TRUE;
}

gboolean
ohmctl_uplink_set (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariant *set;
  GVariant *unset;

  if (ohmctl_args_n_words (args) < 2 && !ohmctl_args_has (args, "unset"))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "nothing to change: write KEY=VALUE or --unset=KEY");
      return FALSE;
    }
  uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args, error);
  if (uplink == NULL ||
      !ohmctl_uplink_take_keys (context, args, ohmctl_object_string (uplink, "Plugin"), &set,
                                &unset, error))
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.SetConfig",
                                  g_variant_new ("(@a(sss)@a(ss)a{sv})", set, unset, NULL), "()",
                                  error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "uplink", ohmctl_object_get_id (uplink), "uplink '%s' is changed",
                       ohmctl_object_get_id (uplink));
  return TRUE;
}

gboolean
ohmctl_uplink_rename (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  return ohmctl_change_rename (context, args, OHMCTL_KIND_UPLINK, "Manager.RenameUplink", error);
}

/* Its file was deleted by hand: something may be kept of it all the same. @missing_take: what is
 * said if nothing is */
static gboolean
ohmctl_uplink_remove_rest (OhmctlContext *context,
                           const char *id,
                           GError *missing_take,
                           GError **error)
{
  g_autoptr (GError) missing = missing_take;
  g_autoptr (GError) problem = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (g_error_matches (missing, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND))
    reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.RemoveUplink",
                                    g_variant_new ("(sa{sv})", id, NULL), "()", &problem);
  if (reply == NULL && problem != NULL && ohmctl_error_get_exit (problem) != OHMCTL_EXIT_NOT_FOUND)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (reply == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return FALSE;
    }
  ohmctl_change_print (context, "uplink", id,
                       "uplink '%s' had no file any more; what was kept of it is forgotten here, "
                       "and its account was not told",
                       id);
  return TRUE;
}

gboolean
ohmctl_uplink_remove (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  GError *missing = NULL;
  g_autoptr (OhmctlObject) uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args,
                                                              &missing);
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *question = NULL;
  const char *id;

  if (uplink == NULL)
    return ohmctl_uplink_remove_rest (context, ohmctl_args_word (args, 0), missing, error);
  id = ohmctl_object_get_id (uplink);
  question = g_strdup_printf ("Remove uplink '%s' and give its account (%s) back?", id,
                              ohmctl_object_string (uplink, "Account"));
  if (strcmp (ohmctl_object_string (uplink, "Claim"), "claimed") == 0 &&
      !ohmctl_change_confirm (args, question, error))
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.RemoveUplink",
                                  g_variant_new ("(sa{sv})", id, NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "uplink", id, "uplink '%s' is removed", id);
  return TRUE;
}

gboolean
ohmctl_uplink_send (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args,
                                                              error);
  g_autoptr (GVariant) reply = NULL;

  if (uplink == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.SendNow",
                                  g_variant_new ("(a{sv})", NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "uplink", ohmctl_object_get_id (uplink),
                       "uplink '%s' tries at once; 'ohmctl uplink show %s' tells how it went",
                       ohmctl_object_get_id (uplink), ohmctl_object_get_id (uplink));
  return TRUE;
}

static gboolean
ohmctl_uplink_take_range (OhmctlContext *context,
                          OhmctlArgs *args,
                          gint64 *ret_from_us,
                          gint64 *ret_to_us,
                          GError **error)
{
  if (ohmctl_args_get (args, "from") == NULL)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "say since when: --from=TIME, as in --from=7d");
      return FALSE;
    }
  *ret_to_us = ohmctl_context_now_us ();
  return ohmctl_time_get_option (context, args, "from", ret_from_us, error) &&
         ohmctl_time_get_option (context, args, "to", ret_to_us, error);
}

static void
ohmctl_uplink_print_resent (OhmctlContext *context, OhmctlObject *job)
{
  g_autoptr (OhmMessage) message = ohmctl_object_dup_cause (job);

  if (message != NULL)
    ohmctl_print_message (context, 0, message);
  else
    ohmctl_print ("done\n");
}

/* Whether the destination has all of it now. */
static gboolean
ohmctl_uplink_has_all (OhmctlObject *job)
{
  static const char *const names[] = { "refused", "rejected", "too_old" };
  g_autoptr (GVariant) result = ohmctl_object_variant (job, "Result", "a{sv}");
  guint64 n = 0;

  for (guint i = 0; result != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_variant_lookup (result, names[i], "t", &n) && n > 0)
      return FALSE;
  return TRUE;
}

gboolean
ohmctl_uplink_resend (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args,
                                                              error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmctlObject) job = NULL;
  gint64 from_us, to_us;
  const char *path;

  if (uplink == NULL || !ohmctl_uplink_take_range (context, args, &from_us, &to_us, error))
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.Resend",
                                  g_variant_new ("(xxa{sv})", from_us, to_us, NULL), "(o)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&o)", &path);
  job = ohmctl_job_follow (context, path, error);
  if (job == NULL)
    return FALSE;
  if (!ohmctl_uplink_has_all (job))
    context->exit = OHMCTL_EXIT_FINDINGS;
  if (context->is_json)
    return ohmctl_job_print (context, job, error);
  if (!ohmctl_job_check (job, error))
    return FALSE;
  ohmctl_uplink_print_resent (context, job);
  return TRUE;
}

/* Not through a name that the library could keep: the text is wiped once it was sent. */
static gboolean
ohmctl_uplink_call_secret (OhmctlContext *context,
                           OhmctlObject *uplink,
                           const char *name,
                           const char *secret,
                           GError **error)
{
  g_autoptr (GVariant) reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink),
                                                       "Uplink.SetSecret",
                                                       g_variant_new ("(ssa{sv})", name, secret,
                                                                      NULL),
                                                       "()", error);

  return reply != NULL;
}

/* @names: those that it takes, with a NULL at the end */
static void
ohmctl_uplink_refuse_secret (OhmctlObject *uplink,
                             const char *name,
                             GPtrArray *names,
                             GError **error)
{
  const char *const *known = (const char *const *) names->pdata;
  const char *id = ohmctl_object_get_id (uplink);
  g_autofree char *joined = g_strjoinv (", ", (char **) names->pdata);

  if (ohm_suggest (name, known) != NULL)
    ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "secret", name, known);
  else if (strcmp (ohmctl_object_string (uplink, "Claim"), "none") != 0)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND,
                 "uplink '%s' takes no secret '%s': its account says who it is\n"
                 "Link it: 'ohmctl claim %s'. For a token of your own: 'ohmctl uplink set %s "
                 "auth=bearer --unset=issuer --unset=client-id', and '--unset=scope' if that is "
                 "set.",
                 id, name, id, id);
  else
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND,
                 "uplink '%s' takes no secret '%s'; as its settings are it takes %s", id, name,
                 *joined != '\0' ? joined : "none");
}

/* Whether it has a use for a secret of that name, before anybody types one. */
static gboolean
ohmctl_uplink_check_secret (OhmctlObject *uplink, const char *name, GError **error)
{
  g_autoptr (GVariant) secrets = ohmctl_object_variant (uplink, "Secrets", "a{ss}");
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GVariantIter iter;
  const char *known;

  if (secrets != NULL)
    g_variant_iter_init (&iter, secrets);
  while (secrets != NULL && g_variant_iter_next (&iter, "{&s&s}", &known, NULL))
    {
      if (strcmp (known, name) == 0)
        return TRUE;
      g_ptr_array_add (names, (gpointer) (gsize) known);
    }
  g_ptr_array_add (names, NULL);
  ohmctl_uplink_refuse_secret (uplink, name, names, error);
  return FALSE;
}

gboolean
ohmctl_uplink_secret (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args,
                                                              error);
  const char *name = ohmctl_args_word (args, 1);
  gboolean forgets = ohmctl_args_has (args, "forget");
  g_autofree char *prompt = NULL;
  char *secret;
  gboolean is_done;

  if (uplink == NULL || (!forgets && !ohmctl_uplink_check_secret (uplink, name, error)))
    return FALSE;
  prompt = g_strdup_printf ("%s of uplink '%s' (not shown)", name, ohmctl_object_get_id (uplink));
  secret = forgets ? g_strdup ("") : ohmctl_secret_read (prompt, error);
  if (secret == NULL)
    return FALSE;
  is_done = ohmctl_uplink_call_secret (context, uplink, name, secret, error);
  ohm_secret_free (secret);
  if (is_done)
    ohmctl_change_print (context, "uplink", ohmctl_object_get_id (uplink),
                         forgets ? "the %s of uplink '%s' is forgotten"
                                 : "the %s of uplink '%s' is kept",
                         name, ohmctl_object_get_id (uplink));
  return is_done;
}

gboolean
ohmctl_uplink_confirm (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = NULL;
  g_autoptr (GVariant) reply = NULL;
  gboolean is_all = ohmctl_args_has (args, "all");

  if (is_all == ohmctl_args_has (args, "new"))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "say what it gets: --all that is stored, or what is --new");
      return FALSE;
    }
  uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args, error);
  if (uplink == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink), "Uplink.Confirm",
                                  g_variant_new ("(ba{sv})", is_all, NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "uplink", ohmctl_object_get_id (uplink),
                       is_all ? "uplink '%s' delivers all that is stored"
                              : "uplink '%s' delivers what comes from now on",
                       ohmctl_object_get_id (uplink));
  return TRUE;
}
