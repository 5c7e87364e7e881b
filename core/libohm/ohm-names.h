/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

/* Every name that more than one file has to agree on: bus names, paths, suffixes. */

#define OHM_DBUS_NAME         "org.ohmnibus.Ohmnibus1"
#define OHM_DBUS_PATH         "/org/ohmnibus/Ohmnibus1"
#define OHM_DBUS_ERROR_PREFIX "org.ohmnibus.Ohmnibus1.Error."

#define OHM_PROFILE_SUFFIX ".profile"
#define OHM_METER_SUFFIX   ".meter"
#define OHM_LINK_SUFFIX    ".link"
#define OHM_UPLINK_SUFFIX  ".uplink"
#define OHM_CAPTURE_SUFFIX ".capture"

/* A quarter of an hour, the length of a slot (design 1), in microseconds. */
#define OHM_SLOT_US (G_GINT64_CONSTANT (900000000))

/* Longest id of a meter, link, place or uplink (design 4.7). */
#define OHM_ID_MAX 63
