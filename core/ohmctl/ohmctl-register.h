/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* How manuals write register addresses, and what goes on the wire. Half of all first attempts fail
 * because the two are off by one. */

#define OHMCTL_REGISTER_HELP                                                                       \
  "ADDRESS is what goes on the wire, counted from 0: '19000' or '0x4a38'. Manuals that count "     \
  "from "                                                                                          \
  "1 and write the kind of register in front are understood as '4x19001' (holding register, "      \
  "function 3) and '3x19001' (input register, function 4), or with --modicon as '419001', "        \
  "'40001', '30001'."

/**
 * ohmctl_register_parse:
 * @text: an address
 * @is_modicon: whether 40001, 400001 and 30001 are meant so
 * @ret_address: (out): as on the wire
 * @ret_function: (inout): 3 or 4 if the notation says so, else left alone
 * @error: code %OHMCTL_EXIT_USAGE
 *
 * Returns: %TRUE if it was understood
 */
gboolean ohmctl_register_parse (const char *text,
                                gboolean is_modicon,
                                guint16 *ret_address,
                                guint8 *ret_function,
                                GError **error);

/* (transfer full): `19000 (0x4a38; 4x19001 counted from 1)` */
char *ohmctl_register_dup_notations (guint16 address, guint8 function);

/* (transfer full) (nullable): what a plain number may have been meant as, if it looks like one of
 * the other notations */
char *ohmctl_register_dup_doubt (const char *text);

G_END_DECLS
