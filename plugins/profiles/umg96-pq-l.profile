# SPDX-License-Identifier: LGPL-2.1-or-later
# Its own list, 2.061.072.1.b, was available in parts only: the floats of the common block are read.

[profile]
id = umg96-pq-l
name = Janitza UMG 96-PQ-L
revision = 1
inherits = janitza-common
source = the block 19000 to 19121 that the vendor's address lists have in common; VenusOS-Janitza, a driver in the field

# Perhaps the serial number: nothing depends on it.
[facts]
serial-candidate = 911 u32 unconfirmed

# Nothing sure tells it from another meter with the common block: it has to be named by hand.
[identify]
frequency =
voltage =
