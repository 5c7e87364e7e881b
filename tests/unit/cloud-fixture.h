/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <ohm.h>

#include "dir-fixture.h"
#include "ohm-cloud-fetch.h"
#include "ohm-test-receiver.h"

G_BEGIN_DECLS

/* A server on loopback, an authority for it, and a session that talks to it. */
typedef struct
{
  OhmTestDir *dir;
  OhmTestCa *ca;
  char *ca_path;
  OhmTestReceiver *receiver;
  SoupSession *session;
  OhmCloudLimits limits;
} OhmTestCloud;

/* Settings of the group `[cloud]` in @text; fails the test if they are wrong. */
OhmSettings *fixture_cloud_parse (const char *text);

/* The same; @error: what is wrong. */
OhmSettings *fixture_cloud_try (const char *text, GError **error);

void fixture_cloud_setup (OhmTestCloud *self, gconstpointer unused);
void fixture_cloud_teardown (OhmTestCloud *self, gconstpointer unused);

/* Starts a receiver with this TLS (nullable: none), and a session that trusts the authority. @more:
 * (nullable): further lines of the file; NULL: trusts those whom the system trusts */
void fixture_cloud_serve (OhmTestCloud *self, const OhmTestTls *tls, const char *more);

/* The same with a proper certificate for `localhost`. */
void fixture_cloud_serve_tls (OhmTestCloud *self);

/* (transfer full): `https://localhost:PORT@path` */
char *fixture_cloud_dup_url (OhmTestCloud *self, const char *scheme, const char *path);

/* Posts @body; waits for the end. */
OhmCloudAnswer *
fixture_cloud_post (OhmTestCloud *self, const char *scheme, const char *body, GError **error);

/* Posts by http, and demands that it fails so. */
void
fixture_cloud_assert_fails (OhmTestCloud *self, const char *scheme, int code, const char *message);

/* What is looked at by a callback that a test waits for. */
void fixture_cloud_on_ready (GObject *source, GAsyncResult *result, gpointer user_data);

/* Waits until @result, as set by the callback above, is there. */
void fixture_cloud_wait (GAsyncResult **result);

G_END_DECLS
