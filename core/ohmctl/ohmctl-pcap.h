/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Frames as a pcap file (libpcap 2.4, microseconds) of link type 252, Wireshark's exported PDUs:
 * each packet names its dissector, `mbtcp` or `mbrtu`, so that RTU frames need no set-up in
 * Wireshark and no TCP has to be made up around them. Ports 502 tell requests from answers. */

/* Appends the header of a file. */
void ohmctl_pcap_begin (GByteArray *array);

/* Appends a packet, or nothing for what is no frame: opening, closing, a time-out. */
void ohmctl_pcap_add (GByteArray *array, const OhmFrameEvent *event);

G_END_DECLS
