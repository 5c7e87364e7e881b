/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A certificate authority that lives as long as a test, and what it issues, as PEM. */
typedef struct _OhmTestCa OhmTestCa;

/*
 * OhmTestCert:
 * @cert: the certificate
 * @key: its private key
 */
typedef struct
{
  char *cert;
  char *key;
} OhmTestCert;

OhmTestCa *ohm_test_ca_new (void);
void ohm_test_ca_free (OhmTestCa *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestCa, ohm_test_ca_free)

const char *ohm_test_ca_get_pem (OhmTestCa *self);

/* For @name (`localhost`, then also 127.0.0.1), valid from and until these days from now. @self:
 * (nullable): signed by itself */
OhmTestCert *ohm_test_cert_new (OhmTestCa *self, const char *name, int from_days, int until_days);
void ohm_test_cert_free (OhmTestCert *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestCert, ohm_test_cert_free)

G_END_DECLS
