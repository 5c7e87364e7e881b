/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-modbus-rtu-transport.h"
#include "ohm-sim-line.h"
#include "ohm-test-time.h"

G_BEGIN_DECLS

#define OHM_TEST_RTU_MS G_GINT64_CONSTANT (1000)

/* A transport on one end of a line, and a test at the other. Time stands still but for
 * test_rtu_pass(), which moves from one deadline to the next. */
typedef struct
{
  OhmTestTime *time;
  OhmSimLine *line;
  OhmTransport *transport;
  char *folder;
  char *device; /* a link to the line, with a name that stays */

  GByteArray *heard; /* by the meters */
  gint64 heard_us;   /* when the last byte had come */
  guint64 base_in;   /* what the counters said when the line was opened */
  guint64 base_out;

  gboolean is_opened;
  GError *open_error;
  GError *closed_error;
  guint n_closed;
} OhmTestRtu;

typedef struct
{
  OhmTestRtu *fixture;
  guint n_done;
  guint16 first; /* register of the answer */
  OhmReply reply;
  GError *error;
  const OhmRequest *next; /* (nullable): asked from inside the callback */
  gpointer other;
  gboolean closes;
  gboolean disposes;
  gint64 done_us;
} OhmTestRtuResult;

extern const OhmRequest test_rtu_request;  /* 2 registers of unit 5 */
extern const OhmRequest test_rtu_other;    /* 1 register of unit 6 */
extern const guint8 test_rtu_registers[4]; /* 0x1234 0x5678 */

void test_rtu_setup (OhmTestRtu *fixture, gconstpointer more);
void test_rtu_teardown (OhmTestRtu *fixture, gconstpointer more);
void test_rtu_add (const char *name,
                   const char *more,
                   void (*func) (OhmTestRtu *fixture, gconstpointer more));

/* @more: further keys of the link, a line each */
OhmTransport *test_rtu_new_transport (OhmTestRtu *fixture, const char *device, const char *more);

void test_rtu_pass (OhmTestRtu *fixture, gint64 us);

/* Opens and expects success, or returns the error. */
void test_rtu_open (OhmTestRtu *fixture);
GError *test_rtu_fail_open (OhmTestRtu *fixture);

void test_rtu_ask (OhmTestRtu *fixture, const OhmRequest *request, OhmTestRtuResult *result);
void test_rtu_ask_with (OhmTestRtu *fixture,
                        const OhmRequest *request,
                        OhmModbusQuirks quirks,
                        OhmTestRtuResult *result);

/* Lets time pass until a whole request has arrived, and takes it. */
OhmRequest test_rtu_serve (OhmTestRtu *fixture);

/* The right answer to @request. Returns its length. */
gsize test_rtu_make_answer (const OhmRequest *request, guint8 *frame);

void test_rtu_send (OhmTestRtu *fixture, const void *bytes, gsize length);
void test_rtu_answer (OhmTestRtu *fixture, const OhmRequest *request);

/* Lets time pass until the exchange has ended, at most a few seconds. */
void test_rtu_wait (OhmTestRtu *fixture, OhmTestRtuResult *result);

void test_rtu_assert_answered (OhmTestRtu *fixture, OhmTestRtuResult *result);
void test_rtu_assert_failed (OhmTestRtu *fixture,
                             OhmTestRtuResult *result,
                             int code,
                             const char *message_code);

/* One more exchange works. */
void test_rtu_assert_usable (OhmTestRtu *fixture);

G_END_DECLS
