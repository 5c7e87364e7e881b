/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is written to a pseudo-terminal comes out of the other end when a thread of the kernel gets
 * round to it: a test clock would find all at rest meanwhile, and jump. This source, attached to
 * the main loop that answers the clock, brings over all that was written to either of two ends, and
 * wakes who waits for it, before each answer. (transfer full) */
GSource *ohm_sim_flush_new (int fd, int other_fd);

G_END_DECLS
