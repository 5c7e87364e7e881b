# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = umg96-s2
name = Janitza UMG 96-S2
revision = 1
inherits = janitza-common
source = Janitza user manual UMG 96-S2 (common block); identification from VenusOS-Janitza, a driver in the field

[facts]
serial = 911 u32 unconfirmed
firmware = 913 u16 unconfirmed
hardware = 914 u16 unconfirmed
article = 20016 u32 unconfirmed

# Other models have a serial number at 911 too, so that says little.
[identify]
serial = 911 u32 1000000..99999999 score=5
article = 20016 u32 5234002 score=50

# Counters are stored every five minutes: after a power failure they may step back by so much.
