/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-link.h"
#include "ohm-test-station.h"
#include "ohm-test-time.h"

G_BEGIN_DECLS

#define OHM_S  ((gint64) G_USEC_PER_SEC)
#define OHM_MS (OHM_S / 1000)

/* A link to a station, in simulated time. */
typedef struct
{
  OhmTestTime *time;
  OhmBus *bus;
  OhmTestStation *station;
  OhmLink *link;
  guint n_changes; /* of the link's state */
  GString *ended;  /* names of the asks that ended, in order */
} OhmLinkFixture;

/* Somebody who asks, once or once a period. */
typedef struct
{
  OhmLinkFixture *fixture;
  const char *name; /* (nullable): noted when an exchange ends */
  OhmLinkExchange exchange;
  OhmWatch *timer; /* (nullable) */
  gint64 period_us;
  gint64 due_us;
  guint again; /* how many times it is submitted again from its own func */
  gboolean is_waiting;

  guint n_asked; /* periods begun */
  guint n_missed;
  guint n_good;
  guint n_exceptions;
  guint n_timeouts;
  guint n_busy;
  guint n_other;
  guint8 exception;
  GError *error; /* (owned) (nullable): the last one */
  gint64 ended_us;
} OhmLinkAsk;

/* Begins @after_us after a quarter hour. */
OhmLinkFixture *fixture_link_new (gint64 after_us);
OhmLinkFixture *fixture_link_new_of (gint64 after_us, GType transport);
/* @more: further keys of the link, a line each */
OhmLinkFixture *fixture_link_new_with (gint64 after_us, GType transport, const char *more);
void fixture_link_free (OhmLinkFixture *self);

/* (transfer full): a read of two registers at 0 */
OhmLinkAsk *
fixture_ask_new (OhmLinkFixture *fixture, const char *name, guint8 unit, OhmPriority priority);
void fixture_ask_free (OhmLinkAsk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmLinkAsk, fixture_ask_free)

void fixture_ask_submit (OhmLinkAsk *self);

/* Registers the unit and asks once a period from @phase_us on. */
void fixture_ask_repeat (OhmLinkAsk *self, gint64 period_us, gint64 phase_us);

/* @format: what has ended since the last call, separated by blanks */
void fixture_link_assert_ended (OhmLinkFixture *self, const char *expected);
void fixture_link_assert_state (OhmLinkFixture *self, OhmStateCode code, const char *cause);

G_END_DECLS
