/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-link-exchange.h"
#include "ohm-link.h"

G_BEGIN_DECLS

/* How a unit failed last: what the next probe of it will cost hangs on that. */
typedef enum
{
  OHM_UNIT_ANSWERS,
  OHM_UNIT_MUTE,    /* nothing came before the deadline, or nothing that could be trusted */
  OHM_UNIT_BROKEN,  /* asking it cost the connection */
  OHM_UNIT_NO_PATH, /* the gateway held the line and answered 0x0A or 0x0B */
} OhmUnitTrouble;

/* A unit id on a link: its queues, and what is known of it. Private to the link. */
typedef struct
{
  guint8 id;
  guint n_users;
  GQueue pending[OHM_N_PRIORITIES]; /* (element-type OhmLinkExchange), linked through `node` */
  GList ring[OHM_N_PRIORITIES];     /* place in the link's ring of units with work */
  gboolean is_in_ring[OHM_N_PRIORITIES];

  gint64 latency_us;
  gint64 worst_latency_us;
  OhmUnitTrouble trouble;
  guint failures;
  guint closes; /* connections in a row that were closed when it was asked */
  guint level;
  gboolean is_doubtful; /* it fell silent right behind another one */
  gint64 retry_us;
  gint64 failed_us;      /* when it failed last */
  gint64 cost_us;        /* what the last failure cost the others */
  gint64 lossy_until_us; /* it answers, though not always; monotonic, 0 if it always did */
  gint64 own_saved_us;   /* what it may waste of the link then, at own_filled_us */
  gint64 own_filled_us;
  guint64 requests;
  guint64 timeouts;

  OhmLinkListener listener;
  gpointer listener_data;
} OhmUnit;

OhmUnit *ohm_unit_new (guint8 id);
void ohm_unit_free (OhmUnit *self);

/* The unit answered: it is healthy. */
void ohm_unit_note_answer (OhmUnit *self, gint64 round_trip_us);

/* The unit did not answer, which took @cost_us until @now_us (monotonic); the next try is due one
 * back-off step from then. Asked before its back-off was over, it stays where it was. */
void ohm_unit_note_silence (OhmUnit *self, OhmUnitTrouble trouble, gint64 cost_us, gint64 now_us);

/* Whether nothing but an operator's or slot's exchange should be sent now. */
gboolean ohm_unit_is_backing_off (const OhmUnit *self, gint64 now_us);

/* Takes the next exchange of @priority. */
OhmLinkExchange *ohm_unit_pop (OhmUnit *self, OhmPriority priority);
void ohm_unit_push (OhmUnit *self, OhmLinkExchange *exchange);
void ohm_unit_push_again (OhmUnit *self, OhmLinkExchange *exchange);
void ohm_unit_remove (OhmUnit *self, OhmLinkExchange *exchange);

void ohm_unit_get_stats (const OhmUnit *self, OhmUnitStats *ret_stats);

G_END_DECLS
