/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A test that depends on ohm_test_dep gets, without a line of code:
 *
 * - any critical or warning that it did not expect ends it with the message, from any thread,
 * whether logged by g_log() or g_log_structured();
 * - an expected message that never came fails the test case that expected it;
 * - the locale of the environment, so that a comma-decimal one has its effect.
 */

/**
 * ohm_test_log_expect:
 * @domain: (nullable): log domain; %NULL for any
 * @level: one level, down to %G_LOG_LEVEL_DEBUG
 * @pattern: a glob as of g_pattern_match_simple() for the whole message
 *
 * Declares that one such message comes before the test case ends. Messages may come in another
 * order than they were declared in.
 */
void ohm_test_log_expect (const char *domain, GLogLevelFlags level, const char *pattern);

/**
 * ohm_test_log_allow:
 * @domain: (nullable): log domain; %NULL for any
 * @level: one level, down to %G_LOG_LEVEL_DEBUG
 * @pattern: a glob for the whole message
 *
 * Such messages may come until the test case ends: where dice fall, nobody counts.
 */
void ohm_test_log_allow (const char *domain, GLogLevelFlags level, const char *pattern);

/**
 * ohm_test_log_assert_expected:
 *
 * Fails if a declared message has not come yet. Also done at the end of each test case.
 */
void ohm_test_log_assert_expected (void);

/**
 * ohm_test_log_n_expected:
 *
 * Returns: how many declared messages have not come yet
 */
guint ohm_test_log_n_expected (void);

G_END_DECLS
