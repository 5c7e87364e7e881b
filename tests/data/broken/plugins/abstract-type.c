/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: its type 'OhmTransport' is no meter, transport, uplink or history */

#include <ohm.h>

OHM_PLUGIN ("abstract-type", "A base, not a type", ohm_transport_get_type);
