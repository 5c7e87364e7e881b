# SPDX-License-Identifier: LGPL-2.1-or-later
# Its own address list was not at hand. That it has the common block is inferred from the vendor's other
# meters: what it refuses is shown as missing.

[profile]
id = umg96-pq-l
name = Janitza UMG 96-PQ-L
revision = 1
inherits = janitza-common
source = inferred: the block 19000 to 19121 that the vendor's address lists of UMG 96RM, 604 and 511 have in common; VenusOS-Janitza, a driver in the field, for what may be its serial number

# Perhaps the serial number: nothing depends on it.
[facts]
serial-candidate = 911 u32 unconfirmed

# Nothing sure tells it from another meter with the common block: it has to be named by hand.
[identify]
frequency =
voltage =
