/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-profile.h"
#include "ohm-settings.h"

G_BEGIN_DECLS

/* Bounds on what a file can make us keep. */
#define OHM_PROFILE_ROWS_MAX         4096
#define OHM_PROFILE_ALTERNATIVES_MAX 8
#define OHM_PROFILE_RULES_MAX        12
#define OHM_PROFILE_RANGES_MAX       64
#define OHM_PROFILE_REPEAT_MAX       256
#define OHM_PROFILE_FACT_NAME_MAX    60
#define OHM_PROFILE_FACTS_MAX        256
#define OHM_PROFILE_SURVEY_MAX       384 /* requests of a survey: facts and alternatives */

#define OHM_PROFILE_CLASSES (OHM_READ_LIVE | OHM_READ_SLOW | OHM_READ_SLOT)

/* One way to read a point or fact: what stands between two bars of a row. */
typedef struct
{
  OhmEncoding encoding;
  guint16 address;
  guint16 stride; /* registers from one index to the next */
  guint8 function;
  guint8 classes;
  guint8 flags;
  gboolean is_unconfirmed;
  const char *scale_fact; /* (nullable) */
  const char *unit_fact;  /* (nullable) */
} OhmProfileRead;

/* The predicate of a row of [identify]. */
typedef struct
{
  double min;
  double max;
  const char *pattern; /* (nullable) */
  guint score;
} OhmProfileMatch;

/* A row of [registers] or [facts]; in an atomic reference counted box, shared by heirs. */
typedef struct
{
  const char *name; /* as written: `in{i+1}.pulse-count` */
  const char *tail; /* (nullable): what follows the index; %NULL without one */
  guint head;       /* bytes before the index */
  guint offset;     /* N of `{i+N}` */
  gboolean is_repeated;
  gboolean is_of_family; /* a fact that the family's code fills */
  guint n_reads;
  OhmProfileRead reads[];
} OhmProfileRow;

struct _OhmProfile
{
  gatomicrefcount refs;
  OhmProfile *parent;  /* (owned) (nullable) its texts are used by our rows */
  GStringChunk *texts; /* (owned) */
  const char *file;
  const char *id;
  const char *name;
  const char *family; /* (nullable) */
  const char *source; /* (nullable) */
  guint revision;
  OhmLimits limits;
  GArray *stateful;        /* (owned) (element-type OhmRange) */
  GArray *holes;           /* (owned) (element-type OhmRange) */
  guint repeat_count;      /* indices are below it */
  const char *repeat_over; /* (nullable): the fact that lists the indices */
  GPtrArray *rows;         /* (owned) (element-type OhmProfileRow): boxes */
  GPtrArray *facts;        /* (owned) (element-type OhmProfileRow): boxes */
  GPtrArray *rules;        /* (owned) (element-type OhmProfileRule) */
  GArray *rule_table;      /* (owned) (element-type OhmIdentifyRule) the same, as given out */
  GArray *writes;          /* (owned) (element-type OhmWrite) */
  GArray *clocks;          /* (owned) (element-type OhmDeviceClock) */
  GHashTable *extra;       /* (owned) keys and values of [family] */
};

/* A named rule: the name is what a child refers to. */
typedef struct
{
  const char *name;
  OhmIdentifyRule rule;
} OhmProfileRule;

/* Where a word may stand. */
typedef enum
{
  OHM_PROFILE_IN_REGISTERS = 1 << 0,
  OHM_PROFILE_IN_FACTS = 1 << 1,
  OHM_PROFILE_IN_IDENTIFY = 1 << 2,
  OHM_PROFILE_IN_CLOCK = 1 << 3,
} OhmProfilePlaces;

/* While one row is parsed. */
typedef struct
{
  OhmProfilePlaces place;
  GStringChunk *texts;
  OhmProfileRead *read;
  OhmProfileMatch *match; /* (nullable): only in [identify] */
  OhmDeviceClock *clock;  /* (nullable): only in [clock] */
  guint seen;             /* words so far, a bit for each of the table */
} OhmProfileRowParser;

/* One word after the format; the table is the grammar. */
typedef struct
{
  const char *word; /* what it begins with: `fn=`, or all of it: `live` */
  const char *form; /* as shown */
  const char *help;
  OhmProfilePlaces places;
  gboolean (*parse) (OhmProfileRowParser *parser, const char *value, GError **error);
} OhmProfileWord;

/* grammar */
const OhmProfileWord *ohm_profile_grammar_words (guint *ret_n);
const OhmSettingSpec *ohm_profile_grammar_keys (const char *group);
const char *const *ohm_profile_grammar_groups (void);
/* did-you-mean among the words of a place; the formats if @is_format */
const char *
ohm_profile_grammar_suggest (const char *text, OhmProfilePlaces place, gboolean is_format);

/* rows; the errors are bare reasons */
OhmProfileRow *ohm_profile_row_parse (const char *name,
                                      const char *value,
                                      OhmProfilePlaces place,
                                      GStringChunk *texts,
                                      GError **error);
gboolean ohm_profile_row_parse_rule (OhmIdentifyRule *rule,
                                     const char *value,
                                     GStringChunk *texts,
                                     GError **error);
/* (transfer full): the name at an index */
char *ohm_profile_row_dup_name (const OhmProfileRow *row, guint index);

gboolean ohm_profile_row_parse_clock (OhmDeviceClock *clock,
                                      const char *value,
                                      GStringChunk *texts,
                                      GError **error);

/* [clock]; after [facts] */
gboolean ohm_profile_clock_parse (OhmProfile *self, OhmKeyfile *keyfile, GError **error);

/* `@FACT=VALUE,VALUE` */
gboolean ohm_profile_limits_parse_condition (const char *word,
                                             GStringChunk *texts,
                                             const char **ret_fact,
                                             const char **ret_values);

/* limits, writes */
gboolean ohm_profile_limits_parse (OhmProfile *self, OhmKeyfile *keyfile, GError **error);
gboolean ohm_profile_limits_parse_writes (OhmProfile *self, OhmKeyfile *keyfile, GError **error);
gboolean
ohm_profile_limits_is_stateful (const OhmProfile *self, const OhmProfileRead *read, guint index);
/* As ohm_settings_new(), with the keys of the grammar and OHM_ERROR_PROFILE. */
OhmSettings *ohm_profile_read_settings (OhmKeyfile *keyfile, const char *group, GError **error);

/* checks of the whole, after all groups are read */
void ohm_profile_check (OhmProfile *self, OhmKeyfile *keyfile, GPtrArray *faults);

OhmProfile *ohm_profile_alloc (void);
OhmProfileRow *ohm_profile_find_row (GPtrArray *rows, const char *name);

typedef void (*OhmProfileEach) (const OhmProfileRow *row, guint index, gpointer user_data);

/* Calls @func for every row at every index, index by index within neighbouring repeated rows. */
void
ohm_profile_expand_each (GPtrArray *rows, GArray *indices, OhmProfileEach func, gpointer user_data);
/* indices that a repeat takes: (transfer full) (element-type guint), ascending */
GArray *ohm_profile_expand_indices (const OhmProfile *self, const char *over_text);
/* all that it can take */
GArray *ohm_profile_expand_all_indices (const OhmProfile *self);
/* (transfer full): `NAME`, or `NAME.INDEX` of a repeated fact */
char *ohm_profile_expand_fact_name (const OhmProfileRow *row, guint index);

G_END_DECLS
