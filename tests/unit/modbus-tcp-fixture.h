/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-modbus-tcp-transport.h"

G_BEGIN_DECLS

#define OHM_TEST_SECOND_US G_GINT64_CONSTANT (1000000)

/* A server that does what the test says, and a transport, on one main loop. Time stands still but
 * for test_tcp_pass(), so that nothing depends on how fast the machine is. */
typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmTransport *transport;
  int listen_fd;
  guint16 port;
  OhmWatch *listen_watch;
  int peer_fd; /* the server's side; -1: none */
  OhmWatch *peer_watch;
  GByteArray *received; /* by the server */
  guint n_accepted;

  gboolean is_opened;
  GError *open_error;
  GError *closed_error;
  guint n_closed;
  guint watchdog;
} OhmTestTcp;

typedef struct
{
  OhmTestTcp *fixture;
  guint n_done;
  guint16 first; /* register of the answer */
  OhmReply reply;
  GError *error;
  OhmRequest *next; /* (nullable): asked from inside the callback */
  gpointer other;
  gboolean closes;
  gboolean disposes;
} OhmTestTcpResult;

extern const OhmRequest test_tcp_request_a;
extern const OhmRequest test_tcp_request_b;
extern const guint8 test_tcp_registers[6];

#define OHM_TEST_UNTIL(condition)                                                                  \
  while (!(condition))                                                                             \
  g_main_context_iteration (NULL, TRUE)

void test_tcp_spin (void);

void test_tcp_pass (OhmTestTcp *fixture, gint64 us);

void test_tcp_drop_peer (OhmTestTcp *fixture);

void test_tcp_listen (OhmTestTcp *fixture);

OhmTransport *test_tcp_new_transport (OhmTestTcp *fixture, const char *host, const char *more);

void test_tcp_setup (OhmTestTcp *fixture, gconstpointer more);

void test_tcp_teardown (OhmTestTcp *fixture, gconstpointer more);

void test_tcp_start_open (OhmTestTcp *fixture);

void test_tcp_open (OhmTestTcp *fixture);

void test_tcp_ask_with (OhmTestTcp *fixture,
                        const OhmRequest *request,
                        OhmModbusQuirks quirks,
                        OhmTestTcpResult *result);

void test_tcp_ask (OhmTestTcp *fixture, const OhmRequest *request, OhmTestTcpResult *result);

/* Waits for the next request and takes it out of what the server has received. */
guint16 test_tcp_serve_framing (OhmTestTcp *fixture, OhmFraming framing, OhmRequest *ret_request);

guint16 test_tcp_serve (OhmTestTcp *fixture, OhmRequest *ret_request);

void test_tcp_send (OhmTestTcp *fixture, const void *bytes, gsize length);

void test_tcp_answer (OhmTestTcp *fixture, const OhmRequest *request, guint16 tid);

void test_tcp_assert_answered (const OhmTestTcpResult *result);

/* The connection works: one more exchange on it. */
void test_tcp_assert_usable (OhmTestTcp *fixture);

void test_tcp_assert_failed (OhmTestTcpResult *result, int code, const char *message_code);

void test_tcp_add (const char *name,
                   const char *more,
                   void (*func) (OhmTestTcp *fixture, gconstpointer more));

G_END_DECLS
