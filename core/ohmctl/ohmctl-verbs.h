/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"

G_BEGIN_DECLS

/* Most words whose completion is told one by one; the last kind goes on. */
#define OHMCTL_VERB_WORDS 3

/**
 * OhmctlVerb:
 * @object: (nullable): `meter`; %NULL for a shortcut
 * @verb: `add`
 * @words: what stands behind it, for people: `ID [KEY=VALUE...]`
 * @summary: one line without full stop
 * @text: (nullable): what it does, in paragraphs separated by an empty line
 * @examples: (nullable): `COMMAND\n` each
 * @options: (nullable): its own options
 * @min_words: fewest words
 * @max_words: most words
 * @is_default: its name may be left out: `ohmctl slots main`
 * @complete: what each word is
 * @run: does it; may set the context's exit
 *
 * A row of the dispatch table: parser, help, completion and man page all come from it.
 */
typedef struct
{
  const char *object;
  const char *verb;
  const char *words;
  const char *summary;
  const char *text;
  const char *examples;
  const OhmctlOption *options;
  guint min_words;
  guint max_words;
  gboolean is_default;
  OhmctlWord complete[OHMCTL_VERB_WORDS];
  gboolean (*run) (OhmctlContext *context, OhmctlArgs *args, GError **error);
} OhmctlVerb;

/* Any number of words, within reason. */
#define OHMCTL_WORDS_MAX 1000

/* One table per object, each ended by a row without verb. */
extern const OhmctlVerb ohmctl_meter_verbs[];
extern const OhmctlVerb ohmctl_place_verbs[];
extern const OhmctlVerb ohmctl_link_verbs[];
extern const OhmctlVerb ohmctl_uplink_verbs[];
extern const OhmctlVerb ohmctl_profile_verbs[];
extern const OhmctlVerb ohmctl_plugin_verbs[];
extern const OhmctlVerb ohmctl_alarm_verbs[];
extern const OhmctlVerb ohmctl_event_verbs[];
extern const OhmctlVerb ohmctl_job_verbs[];
extern const OhmctlVerb ohmctl_slots_verbs[];
extern const OhmctlVerb ohmctl_config_verbs[];
extern const OhmctlVerb ohmctl_system_verbs[];
/* shortcuts */
extern const OhmctlVerb ohmctl_status_verbs[];
extern const OhmctlVerb ohmctl_watch_verbs[];
extern const OhmctlVerb ohmctl_read_verbs[];
extern const OhmctlVerb ohmctl_history_verbs[];
extern const OhmctlVerb ohmctl_add_verbs[];
extern const OhmctlVerb ohmctl_test_verbs[];
extern const OhmctlVerb ohmctl_plan_verbs[];
extern const OhmctlVerb ohmctl_capture_verbs[];
extern const OhmctlVerb ohmctl_probe_verbs[];
extern const OhmctlVerb ohmctl_claim_verbs[];

/* Options that every verb has. */
extern const OhmctlOption ohmctl_common_options[];

/* What @object is, in one line; %NULL at an unknown one. */
const char *ohmctl_object_summary (const char *object);

/* (transfer full): objects and shortcuts in the order of help, %NULL at the end */
const char **ohmctl_verbs_dup_commands (void);
/* (transfer full): verbs of @object, %NULL at the end */
const char **ohmctl_verbs_dup_verbs (const char *object);
gboolean ohmctl_verbs_is_object (const char *word);

/* (nullable): @object %NULL for a shortcut */
const OhmctlVerb *ohmctl_verbs_find (const char *object, const char *verb);
/* (nullable): the verb of @object whose name may be left out */
const OhmctlVerb *ohmctl_verbs_find_default (const char *object);

/* Calls @func for every row in the order of help. */
void ohmctl_verbs_foreach (void (*func) (const OhmctlVerb *verb, gpointer data), gpointer data);

G_END_DECLS
