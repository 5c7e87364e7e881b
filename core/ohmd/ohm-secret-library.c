/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-library.h"

#include <dlfcn.h>

#define OHM_SECRET_LIBRARY_FILE "libsecret-1.so.0"

static gboolean
ohm_secret_library_load (OhmSecretLibrary *self)
{
  void *handle = dlopen (OHM_SECRET_LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

  if (handle == NULL)
    return FALSE;
  /* *(void **): how POSIX wants a function taken from dlsym() */
  *(void **) &self->store = dlsym (handle, "secret_password_storev_sync");
  *(void **) &self->lookup = dlsym (handle, "secret_password_lookupv_sync");
  *(void **) &self->search = dlsym (handle, "secret_password_searchv_sync");
  *(void **) &self->clear = dlsym (handle, "secret_password_clearv_sync");
  *(void **) &self->free = dlsym (handle, "secret_password_free");
  dlclose (handle);
  return self->store != NULL && self->lookup != NULL && self->search != NULL &&
         self->clear != NULL && self->free != NULL;
}

const OhmSecretLibrary *
ohm_secret_library_get (GError **error)
{
  static OhmSecretLibrary library;
  static gsize is_loaded;

  if (g_once_init_enter (&is_loaded))
    {
      gsize result = ohm_secret_library_load (&library) ? 1 : 2;

      g_once_init_leave (&is_loaded, result);
    }
  if (is_loaded == 1)
    return &library;
  ohm_message_set_error (error, OHM_ERROR_SECRET, ohm_message_new ("secret-no-library", NULL),
                         "%s cannot be loaded", OHM_SECRET_LIBRARY_FILE);
  return NULL;
}
