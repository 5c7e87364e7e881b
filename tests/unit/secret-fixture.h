/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define OHM_SECRET_FIXTURE_KEY   "a key of the file of secrets, made for a test\n"
#define OHM_SECRET_FIXTURE_OTHER "another key of the file of secrets, for the same"

/* The folders of one gateway: its state and what systemd gives it. */
typedef struct
{
  char *root;
  char *state;
  char *credentials;
  char *file; /* of the secrets */
} OhmSecretFixture;

/* @key: (nullable): what systemd gives as the credential */
OhmSecretFixture *fixture_new (const char *key);
void fixture_free (OhmSecretFixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSecretFixture, fixture_free)

void fixture_give_key (OhmSecretFixture *self, const char *key);

/* The error has this message, with a remedy. */
void fixture_assert_refused (GError *error, const char *code);

typedef struct
{
  const char *path;
  void (*body) (void);
} OhmSecretCase;

/* main(); @cases: ended by one without a path */
int fixture_run_cases (int argc, char **argv, const OhmSecretCase *cases);

G_END_DECLS
