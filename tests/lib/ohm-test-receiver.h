/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-test-certs.h"

G_BEGIN_DECLS

/*
 * OhmTestReceiver:
 *
 * A server that does with HTTP and TLS what no proper server would: bytes as the test says. It has
 * threads of its own, so that a main loop under test is not busy with it. On its port it is its own
 * proxy, too: after `CONNECT` it goes on as if it were the host.
 */
typedef struct _OhmTestReceiver OhmTestReceiver;

/*
 * OhmTestTls:
 * @cert: what it shows
 * @priority: (nullable): of GnuTLS
 * @client_ca: (nullable): PEM: demands a certificate of this authority
 * @tickets: whether sessions may be resumed
 */
typedef struct
{
  const OhmTestCert *cert;
  const char *priority;
  const char *client_ca;
  gboolean tickets;
} OhmTestTls;

/*
 * OhmTestReceiverMode:
 * @OHM_TEST_RECEIVER_ANSWER: sends the answer, keeps the connection
 * @OHM_TEST_RECEIVER_CLOSE: sends the answer, to `CONNECT` as well, closes
 * @OHM_TEST_RECEIVER_MUTE: reads the request, and nothing more comes until the other side closes
 * @OHM_TEST_RECEIVER_DRIP: sends the answer, a byte each 10 ms
 * @OHM_TEST_RECEIVER_FLOOD: sends the answer, then `x` without end
 * @OHM_TEST_RECEIVER_DEAF: accepts connections and reads nothing
 * @OHM_TEST_RECEIVER_HASTY: sends the answer in the clear before it has read anything, then closes
 */
typedef enum
{
  OHM_TEST_RECEIVER_ANSWER,
  OHM_TEST_RECEIVER_CLOSE,
  OHM_TEST_RECEIVER_MUTE,
  OHM_TEST_RECEIVER_DRIP,
  OHM_TEST_RECEIVER_FLOOD,
  OHM_TEST_RECEIVER_DEAF,
  OHM_TEST_RECEIVER_HASTY,
} OhmTestReceiverMode;

/*
 * OhmTestRequest: one request as it came. @head: request line and headers, as lines without CR.
 */
typedef struct
{
  char *head;
  GBytes *body;
} OhmTestRequest;

/*
 * OhmTestTally: what came together, over all connections.
 */
typedef struct
{
  guint n_connections;
  guint n_handshakes;
  guint n_resumed;
  guint n_requests;
  guint64 n_in; /* bytes on the wire */
  guint64 n_out;
} OhmTestTally;

/* @tls: (nullable): plain TCP. Answers 200 without a body. */
OhmTestReceiver *ohm_test_receiver_new (const OhmTestTls *tls);
void ohm_test_receiver_free (OhmTestReceiver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestReceiver, ohm_test_receiver_free)

guint16 ohm_test_receiver_get_port (OhmTestReceiver *self);

/* From the next request on: these very bytes. @length: -1: up to its NUL */
void ohm_test_receiver_set_answer (OhmTestReceiver *self,
                                   OhmTestReceiverMode mode,
                                   const void *bytes,
                                   gssize length);

/* The same, with status line and headers (lines ended by CRLF; nullable) around @body (nullable).
 */
void ohm_test_receiver_set_reply (OhmTestReceiver *self,
                                  guint status,
                                  const char *headers,
                                  const char *body);

/* (transfer full) (nullable): the oldest that was not taken */
OhmTestRequest *ohm_test_receiver_take (OhmTestReceiver *self);
void ohm_test_request_free (OhmTestRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestRequest, ohm_test_request_free)

/* (transfer full) (nullable) */
char *ohm_test_request_dup_header (OhmTestRequest *self, const char *name);

OhmTestTally ohm_test_receiver_get_tally (OhmTestReceiver *self);

G_END_DECLS
