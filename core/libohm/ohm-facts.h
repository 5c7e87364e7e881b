/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

#include "ohm-macros.h"

G_BEGIN_DECLS

#define OHM_TYPE_FACTS (ohm_facts_get_type ())

/* Bounds on what a device may say of itself. */
#define OHM_FACTS_MAX      1024
#define OHM_FACT_VALUE_MAX 512

/**
 * OhmFacts:
 *
 * What a device says of itself: names to texts, sorted by name. A repeated fact carries its
 * index: `input-unit.0`. Names with a meaning to the core: `serial`, `firmware`, `model`,
 * `variant`, `name`, `name.<group>` (of a group or input: names its place), `battery` (`good`,
 * `low`, `empty`), `unit-id` (the one that answered), `function` (3 or 4), and `choice.<point>`
 * (index of the alternative in use). Immutable, reference counted, any thread.
 *
 * Since: 0.1
 */
typedef struct _OhmFacts OhmFacts;

OHM_API GType ohm_facts_get_type (void);
OHM_API OhmFacts *ohm_facts_ref (OhmFacts *self);
OHM_API void ohm_facts_unref (OhmFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmFacts, ohm_facts_unref)

/**
 * ohm_facts_get:
 * @self: (nullable): facts
 * @name: a fact's name
 *
 * Returns: (transfer none) (nullable): its text
 *
 * Since: 0.1
 */
OHM_API const char *ohm_facts_get (OhmFacts *self, const char *name);

/**
 * ohm_facts_get_number:
 * @self: (nullable): facts
 * @name: a fact's name
 * @ret_value: (out): its value
 *
 * Returns: %TRUE if there is such a fact and it is a finite number
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_facts_get_number (OhmFacts *self, const char *name, double *ret_value);

/**
 * ohm_facts_get_names:
 * @self: (nullable): facts
 *
 * Returns: (transfer container) (array zero-terminated=1): the names, sorted
 *
 * Since: 0.1
 */
OHM_API const char **ohm_facts_get_names (OhmFacts *self);

/**
 * ohm_facts_equal:
 * @a: (nullable): facts
 * @b: (nullable): facts
 *
 * Returns: %TRUE if both say the same
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_facts_equal (OhmFacts *a, OhmFacts *b);

/**
 * ohm_facts_to_variant:
 * @self: (nullable): facts
 *
 * Returns: (transfer floating): `a{ss}`, as stored and sent
 *
 * Since: 0.1
 */
OHM_API GVariant *ohm_facts_to_variant (OhmFacts *self);

/**
 * ohm_facts_new_from_variant:
 * @variant: `a{ss}`; entries over the bounds are left out
 *
 * Returns: (transfer full): the facts
 *
 * Since: 0.1
 */
OHM_API OhmFacts *ohm_facts_new_from_variant (GVariant *variant);

/**
 * OhmFactsBuilder:
 *
 * Since: 0.1
 */
typedef struct _OhmFactsBuilder OhmFactsBuilder;

/**
 * ohm_facts_builder_new:
 * @base: (nullable): facts to start from
 *
 * Returns: (transfer full): a builder
 *
 * Since: 0.1
 */
OHM_API OhmFactsBuilder *ohm_facts_builder_new (OhmFacts *base);

/**
 * ohm_facts_builder_set:
 * @self: a builder
 * @name: a fact's name, `[a-z0-9.@-]`, at most 127 characters
 * @text: (nullable): its text, cut at %OHM_FACT_VALUE_MAX bytes, made valid UTF-8; %NULL
 *   forgets it
 *
 * A new fact beyond %OHM_FACTS_MAX is left out.
 *
 * Since: 0.1
 */
OHM_API void ohm_facts_builder_set (OhmFactsBuilder *self, const char *name, const char *text);

/**
 * ohm_facts_builder_get:
 * @self: a builder
 * @name: a fact's name
 *
 * Returns: (transfer none) (nullable): its text so far
 *
 * Since: 0.1
 */
OHM_API const char *ohm_facts_builder_get (OhmFactsBuilder *self, const char *name);

/**
 * ohm_facts_builder_end:
 * @self: (transfer full): a builder
 *
 * Returns: (transfer full): the facts
 *
 * Since: 0.1
 */
OHM_API OhmFacts *ohm_facts_builder_end (OhmFactsBuilder *self);

OHM_API void ohm_facts_builder_free (OhmFactsBuilder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmFactsBuilder, ohm_facts_builder_free)

G_END_DECLS
