# SPDX-License-Identifier: LGPL-2.1-or-later
# Its own list, 1.042.008.8, was not available: serial number, clock and
# totals of its own are not known, so its identity cannot be proved.

[profile]
id = umg508
name = Janitza UMG 508
revision = 1
inherits = janitza-common
source = the block 19000 to 19121 that the vendor's address lists have in common; no register of its own

# Nothing tells it from another meter with the common block: it has to be named by hand.
[identify]
frequency =
voltage =
