/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-meter.h"

/* What the tests of profiles share: files with as little as possible around what is tested. */

#define OHM_TEST_PROFILE_HEAD "[profile]\nid = x\nname = X\nrevision = 3\n"

static inline OhmProfile *
fixture_profile_parse (const char *text, GError **error)
{
  return ohm_profile_parse ("x.profile", text, strlen (text), NULL, NULL, error);
}

/* @groups follow a [profile] of id x. */
static inline OhmProfile *
fixture_profile_new (const char *groups)
{
  g_autofree char *text = g_strconcat (OHM_TEST_PROFILE_HEAD, groups, NULL);
  g_autoptr (GError) error = NULL;
  OhmProfile *profile = fixture_profile_parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (profile);
  return profile;
}

/* Pairs of names and texts, ended by NULL. */
static inline OhmFacts *
fixture_profile_facts (const char *name, ...)
{
  OhmFactsBuilder *builder = ohm_facts_builder_new (NULL);
  va_list args;

  va_start (args, name);
  for (; name != NULL; name = va_arg (args, const char *))
    ohm_facts_builder_set (builder, name, va_arg (args, const char *));
  va_end (args);
  return ohm_facts_builder_end (builder);
}

static inline OhmPlan *
fixture_profile_plan (OhmProfile *profile, OhmFacts *facts)
{
  g_autoptr (GError) error = NULL;
  OhmPlan *plan = ohm_plan_new ();

  g_assert_true (ohm_profile_plan (profile, facts, plan, &error));
  g_assert_no_error (error);
  ohm_plan_seal (plan);
  return plan;
}

static inline gboolean
fixture_profile_has (OhmPlan *plan, const char *point)
{
  return ohm_point_set_find (ohm_plan_get_points (plan), point, NULL);
}

/* The entry of a point that is there. */
static inline OhmEntry
fixture_profile_entry (OhmPlan *plan, const char *point)
{
  OhmEntry entry = { 0 };
  guint n = 0;
  guint index = 0;
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n);

  g_assert_true (ohm_point_set_find (ohm_plan_get_points (plan), point, &index));
  for (guint i = 0; i < n; i++)
    if (entries[i].point == index)
      entry = entries[i];
  return entry;
}
