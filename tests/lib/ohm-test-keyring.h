/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-test-bus.h"

G_BEGIN_DECLS

/**
 * OhmTestKeyring:
 * @bus: a session bus with nothing else on it
 * @items: (element-type utf8 utf8): secrets by their attributes
 * @label: (nullable): of the last one that was stored
 * @is_mute: whether it answers nothing any more
 * @is_broken: whether it refuses to store
 * @is_locked: whether it is closed, and nobody is there to unlock it
 *
 * A keyring of a session: as much of the Secret Service as libsecret needs, served by the main loop
 * of the test. `DBUS_SESSION_BUS_ADDRESS` leads there while it lives.
 */
typedef struct
{
  OhmTestBus *bus;
  GHashTable *items;
  char *label;
  gboolean is_mute;
  gboolean is_broken;
  gboolean is_locked;
} OhmTestKeyring;

OhmTestKeyring *ohm_test_keyring_new (void);
void ohm_test_keyring_free (OhmTestKeyring *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestKeyring, ohm_test_keyring_free)

G_END_DECLS
