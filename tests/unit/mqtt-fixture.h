/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-mqtt-uplink.h"

#include "ohm-test-batch.h"
#include "ohm-test-secrets.h"

G_BEGIN_DECLS

#define OHM_TEST_UNTIL(condition)                                                                  \
  while (!(condition))                                                                             \
  g_main_context_iteration (NULL, TRUE)

/* What the broker got. */
typedef struct
{
  char *topic;
  char *payload;
  int qos;
  gboolean is_retained;
} OhmTestPublish;

/* A broker of 3.1.1 and 5 that does what the test says, and an uplink, on one main loop; only the
 * connecting of the uplink has a thread. Time stands still but for test_mqtt_pass(). */
typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmTestSecrets *secrets;
  OhmUplink *uplink;
  guint watchdog;

  int listen_fd;
  guint16 port;
  OhmWatch *listen_watch;
  int peer_fd; /* the broker's side; -1: none */
  OhmWatch *peer_watch;
  GByteArray *input;
  GPtrArray *published; /* (element-type OhmTestPublish) */
  guint n_accepted;
  guint n_connects;
  guint n_goodbyes;
  guint n_cuts;
  gsize n_sent;
  gsize n_received;

  /* of the newest CONNECT */
  int level;
  char *client_id;
  char *user;
  char *password;
  char *will_topic;

  /* what it does */
  int level_max;         /* newer ones are refused as 3.1.1 does */
  int connack;           /* -1: none at all */
  gboolean is_mute;      /* acknowledges nothing */
  int mid_offset;        /* added to the numbers of acknowledgements */
  int reason;            /* of acknowledgements (MQTT 5) ... */
  const char *reason_at; /* ... of topics that end so; NULL for all */
  int info_reason;       /* of descriptions, if not 0 */
  gssize cut_sent;       /* hangs up after so many bytes sent; -1: never */
  gssize cut_received;   /* ... or received */
} OhmTestMqtt;

/* One delivery. */
typedef struct
{
  GCancellable *cancellable;
  OhmVerdict *verdict;
  GError *error;
  guint n_done;
} OhmTestDelivery;

typedef struct
{
  const char *path;
  void (*run) (OhmTestMqtt *fixture, gconstpointer data);
} OhmTestMqttCase;

/* All of a test's main(): runs each case with a fixture of its own. */
int test_mqtt_run (int argc, char **argv, const OhmTestMqttCase *cases, guint n);

/* @more: further lines of `[mqtt]`; plain TCP */
void test_mqtt_start (OhmTestMqtt *fixture, const char *more);

/* As if the broker was stopped, and started at the same port. */
void test_mqtt_stop_broker (OhmTestMqtt *fixture);
void test_mqtt_start_broker (OhmTestMqtt *fixture);
void test_mqtt_drop_peer (OhmTestMqtt *fixture);
void test_mqtt_send (OhmTestMqtt *fixture, const guint8 *bytes, gsize n);

void test_mqtt_pass (OhmTestMqtt *fixture, gint64 us);

/* Runs the main loop until nothing is left to do, and a little real time has passed in which
 * nothing came. */
void test_mqtt_spin (void);

void test_mqtt_deliver (OhmTestMqtt *fixture, OhmBatch *batch, OhmTestDelivery *delivery);
void test_mqtt_begin_samples (OhmTestMqtt *fixture, OhmTestDelivery *delivery);
void test_mqtt_send_samples (OhmTestMqtt *fixture, OhmTestDelivery *delivery);
void test_mqtt_clear (OhmTestDelivery *delivery);

/* Delivers and waits. */
void test_mqtt_deliver_wait (OhmTestMqtt *fixture, OhmBatch *batch, OhmTestDelivery *delivery);

/* The verdict is of that kind and has that cause; @code: (nullable) */
void test_mqtt_assert (OhmTestDelivery *delivery, OhmVerdictKind kind, const char *code);

/* All of that for one delivery. */
void
test_mqtt_expect (OhmTestMqtt *fixture, OhmBatch *batch, OhmVerdictKind kind, const char *code);

/* How many were published to topics that end in @suffix; the last of them; (nullable) */
guint test_mqtt_count (OhmTestMqtt *fixture, const char *suffix);
const OhmTestPublish *test_mqtt_find (OhmTestMqtt *fixture, const char *suffix);

G_END_DECLS
