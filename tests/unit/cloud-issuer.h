/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <ohm.h>

#include "ohm-cloud-account.h"
#include "ohm-test-secrets.h"
#include "ohm-test-time.h"

G_BEGIN_DECLS

#define OHM_TEST_JSON "application/json"

/* What the mock issuer answers. @body: (nullable): %NULL closes the connection without an answer */
typedef struct
{
  guint status;
  const char *type;
  const char *body;
} OhmTestAnswer;

#define OHM_TEST_LOST                                                                              \
  {                                                                                                \
    0, NULL, NULL                                                                                  \
  }
#define OHM_TEST_REFUSAL(name)                                                                     \
  {                                                                                                \
    400, OHM_TEST_JSON, "{\"error\":\"" name "\"}"                                                 \
  }
#define OHM_TEST_TOKENS(at, rt)                                                                    \
  {                                                                                                \
    200, OHM_TEST_JSON,                                                                            \
      "{\"access_token\":\"" at "\",\"token_type\":\"Bearer\",\"expires_in\":3600,"                \
      "\"refresh_token\":\"" rt "\"}"                                                              \
  }

/* An account, an issuer in the same process that says what it is told to, simulated time. */
typedef struct
{
  OhmTestTime *time;
  OhmTestSecrets *secrets;
  SoupServer *server; /* (nullable) */
  SoupSession *session;
  OhmUplink *uplink;
  OhmCloudAccount *account;
  char *issuer;
  char *client;

  OhmTestAnswer document; /* body NULL: a good one */
  OhmTestAnswer device;
  const OhmTestAnswer *tokens; /* one after the other; the last one goes on */
  guint n_tokens;
  OhmTestAnswer userinfo;

  GPtrArray *forms; /* (element-type utf8): what came to the token endpoint */
  GArray *times;    /* (element-type gint64): when */
  char *revoked;    /* (nullable): the form that came there */
  guint n_documents;
  guint n_queued; /* requests under way */
  guint n_prompts;
  char *prompt; /* (nullable): the last one */
} OhmTestIssuer;

OhmTestIssuer *fixture_issuer_new (void);

/* The same with an identity server that runs elsewhere, at @address. */
OhmTestIssuer *fixture_issuer_new_at (const char *address, const char *client);
void fixture_issuer_free (OhmTestIssuer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestIssuer, fixture_issuer_free)

#define ohm_test_issuer_set_tokens(self, answers)                                                  \
  ((self)->tokens = (answers), (self)->n_tokens = G_N_ELEMENTS (answers))

/* Another account of the same uplink: its settings were changed. */
void fixture_issuer_replace (OhmTestIssuer *self);

/* The same, with nothing under way: the daemon was started again. */
void fixture_issuer_restart (OhmTestIssuer *self);

/* Lets time pass as far as needed until @is_done. */
void fixture_issuer_wait (OhmTestIssuer *self, const gboolean *is_done);

/* Until nothing is under way. */
void fixture_issuer_settle (OhmTestIssuer *self);

gboolean fixture_issuer_claim (OhmTestIssuer *self, GCancellable *cancellable, GError **error);

/* (transfer full) (nullable) */
char *fixture_issuer_authorize (OhmTestIssuer *self, GError **error);

gboolean fixture_issuer_unlink (OhmTestIssuer *self, GError **error);

/* (transfer none): code of the message of the claim; "" for none */
const char *fixture_issuer_code (OhmTestIssuer *self);

/* (transfer none) (nullable): the secret as it is kept */
const char *fixture_issuer_kept (OhmTestIssuer *self);

G_END_DECLS
