/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: its type 'OhmZooStranger' is no meter, transport, uplink or history */

#include <ohm.h>

/* A test may load several copies of it: who is first registers the type. */
static GType
ohm_zoo_stranger_get_type (void)
{
  GType type = g_type_from_name ("OhmZooStranger");

  if (type == G_TYPE_INVALID)
    type = g_type_register_static_simple (G_TYPE_OBJECT, "OhmZooStranger", sizeof (GObjectClass),
                                          /* class_init */ NULL, sizeof (GObject),
                                          /* instance_init */ NULL, 0);
  return type;
}

OHM_PLUGIN ("wrong-type", "A type that is none of ours", ohm_zoo_stranger_get_type);
