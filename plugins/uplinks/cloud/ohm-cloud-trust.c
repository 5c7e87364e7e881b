/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-trust.h"

struct _OhmCloudTrust
{
  GTlsDatabase parent_instance;

  GMutex lock;
  GTlsDatabase *system; /* (owned) (nullable): once it was needed */
};

G_DEFINE_FINAL_TYPE (OhmCloudTrust, ohm_cloud_trust, G_TYPE_TLS_DATABASE)

/* Past g_tls_backend_get_default_database(), which knows only us by now. */
static GTlsDatabase *
ohm_cloud_trust_get_system (OhmCloudTrust *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GTlsBackend *backend = g_tls_backend_get_default ();

  if (self->system == NULL)
    self->system = G_TLS_BACKEND_GET_INTERFACE (backend)->get_default_database (backend);
  return self->system;
}

/* In the thread of the handshake. */
static GTlsCertificateFlags
ohm_cloud_trust_verify_chain (GTlsDatabase *database,
                              GTlsCertificate *chain,
                              const char *purpose,
                              GSocketConnectable *identity,
                              GTlsInteraction *interaction,
                              GTlsDatabaseVerifyFlags flags,
                              GCancellable *cancellable,
                              GError **error)
{
  GTlsDatabase *system = ohm_cloud_trust_get_system (OHM_CLOUD_TRUST (database));

  if (system == NULL) /* a system without authorities trusts nobody */
    return G_TLS_CERTIFICATE_UNKNOWN_CA;
  return g_tls_database_verify_chain (system, chain, purpose, identity, interaction, flags,
                                      cancellable, error);
}

static void
ohm_cloud_trust_finalize (GObject *object)
{
  OhmCloudTrust *self = OHM_CLOUD_TRUST (object);

  g_clear_object (&self->system);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (ohm_cloud_trust_parent_class)->finalize (object);
}

static void
ohm_cloud_trust_class_init (OhmCloudTrustClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_cloud_trust_finalize;
  G_TLS_DATABASE_CLASS (klass)->verify_chain = ohm_cloud_trust_verify_chain;
}

static void
ohm_cloud_trust_init (OhmCloudTrust *self)
{
  g_mutex_init (&self->lock);
}

void
ohm_cloud_trust_install (void)
{
  static gboolean is_installed;
  GTlsBackend *backend = g_tls_backend_get_default ();
  g_autoptr (GTlsDatabase) trust = NULL;

  if (is_installed)
    return;
  is_installed = TRUE;
  trust = g_object_new (OHM_TYPE_CLOUD_TRUST, NULL);
  g_tls_backend_set_default_database (backend, trust);
}
