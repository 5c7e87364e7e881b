/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* How a unit behind a station behaves. */
typedef enum
{
  OHM_TEST_ANSWERS,
  OHM_TEST_MUTE,
  OHM_TEST_NO_PATH,  /* the station holds the line for the latency and answers 0x0B */
  OHM_TEST_REFUSES,  /* every request ends in the exception */
  OHM_TEST_CLOSES,   /* the station closes the connection instead of answering */
  OHM_TEST_BABBLES,  /* bytes that cannot be trusted; the transport closes itself */
  OHM_TEST_OVERFLOWS /* a good answer, and bytes behind it: the transport closes itself */
} OhmTestManner;

/* How a station takes a connection. */
typedef enum
{
  OHM_TEST_OPEN,
  OHM_TEST_REFUSED,
  OHM_TEST_SWALLOWED, /* nothing comes back: the opening times out */
} OhmTestDoor;

/**
 * OhmTestUnit:
 * @manner: how it behaves
 * @latency_us: from request to answer; 2 ms at first
 * @exception: of OHM_TEST_REFUSES
 * @is_deaf_to_unknown: registers that are not there are not refused but not answered
 * @registers: (nullable): an image of all registers; without one every register reads 0
 * @is_there: (nullable): a byte per register; where it is 0 the answer is exception 2
 * @function: the only read function it knows; 0 for both
 * @disturbances: so many answers still cannot be trusted, though the line goes on
 * @loss: so many exchanges of a hundred get lost on the way, as dice say that fall alike each time
 * @requests: what came
 * @refused: of these answered with an exception
 */
typedef struct
{
  OhmTestManner manner;
  gint64 latency_us;
  guint8 exception;
  gboolean is_deaf_to_unknown;
  guint16 *registers;
  guint8 *is_there;
  guint8 function;
  guint disturbances;
  guint loss;
  guint64 requests;
  guint64 refused;
} OhmTestUnit;

/* A request as it came. */
typedef struct
{
  gint64 mono_us;
  gint64 wall_us;
  gint64 wait_us; /* how long the link would wait */
  guint8 unit;
  guint8 function;
  guint16 address;
  guint16 count;
} OhmTestSeen;

/* What is at an address: a gateway with 256 units, known by the name that the transport's `host`
 * gives. */
typedef struct
{
  char *host;
  OhmTestDoor door;
  OhmTestUnit units[256];
  guint baud;          /* of a serial line; 0 at first */
  gint64 line_us;      /* what a request takes on it */
  gint64 hold_us;      /* how long it waits itself for a mute unit before it serves the next */
  guint connects;      /* connections opened */
  guint closes;        /* closed from our side */
  GArray *log;         /* (nullable) (element-type OhmTestSeen): only if it is made */
  GPtrArray *visitors; /* (element-type OhmTransport): open ones */
  gint64 free_us;      /* until then an earlier request holds the line, monotonic */
  gint64 busy_us;      /* time that exchanges took */
  gint64 lost_us;      /* of that without a good answer */
} OhmTestStation;

OhmTestStation *ohm_test_station_new (const char *host);
void ohm_test_station_free (OhmTestStation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestStation, ohm_test_station_free)

/* The other side closes all connections. */
void ohm_test_station_hang_up (OhmTestStation *self);

/* A telegram that nobody asked for. */
void ohm_test_station_push (OhmTestStation *self, guint8 unit, const char *text);

/* Writes an f32 into a unit's image, and makes its registers be there. */
void ohm_test_station_set_f32 (OhmTestStation *self, guint8 unit, guint16 address, float value);
void ohm_test_station_set_u32 (OhmTestStation *self, guint8 unit, guint16 address, guint32 value);
void ohm_test_station_set_u16 (OhmTestStation *self, guint8 unit, guint16 address, guint16 value);

/* From now on only registers that are set, or made to be there, are. */
void ohm_test_station_limit (OhmTestStation *self, guint8 unit);
void ohm_test_station_set_there (OhmTestStation *self,
                                 guint8 unit,
                                 guint16 first,
                                 guint16 last,
                                 gboolean is_there);

#define OHM_TEST_TYPE_TRANSPORT (ohm_test_transport_get_type ())

/* Keys: host, port (default 502), framing. Finds its station when it is opened. */
GType ohm_test_transport_get_type (void);

#define OHM_TEST_TYPE_LISTENER (ohm_test_listener_get_type ())

/* The same, but it can only listen. */
GType ohm_test_listener_get_type (void);

G_END_DECLS
