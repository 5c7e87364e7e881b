# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = umg96rm
name = Janitza UMG 96RM
revision = 1
family = umg96rm
inherits = janitza-common
source = Janitza Modbus address list 1.040.034.r (06/2021); rows for the variants E, M and EL are inferred from it

[facts]
serial = 754 u32
production-number = 756 u32
firmware = 750 u16
# 0 none, 1 Profibus, 2 CBM, 3 Ethernet
module = 761 u16
# primary current of L1's transformer, A: what the plausibility checks take the largest power from
ct-primary = 10 f32
# not in the vendor's list, but read by drivers in the field
hardware = 751 u16 unconfirmed
article = 769 u32 unconfirmed
model = family
variant = family
clock = family

[identify]
serial = 754 u32 1..4294967294 score=10
module = 761 u16 0..3 score=10
article = 769 u32 5222000..5222999 score=60

# The meter's own totals are preferred: lists disagree on whether 19068 is the total or tariff 1.
# Slow, so that live polling stays the one request of the common block.
[registers]
energy-active-net.total = 5336 f32 slow slot | 19060 f32
energy-active-import.total = 5352 f32 slow slot | 19068 f32
energy-active-export.total = 5368 f32 slow slot | 19076 f32

# Fields of a date in variants with a clock of that kind; the list does not say which these are, nor
# the time zone.
[clock]
read = 20001 epoch32 @clock=epoch32 | 512 date order=ymdhns @clock=unknown

# Only the variants P and CBM take seconds since 1970: from 2020 to the last second of 32 bits.
[write]
clock = 20003 2 1577836800..4294967295 @module=1,2
