# SPDX-License-Identifier: LGPL-2.1-or-later
# Its own list (1.041.006.1.e, firmware 1.268) was not available: it numbers its registers as the
# UMG 604 does. Live values and energies are used so by drivers in the field; all facts are inferred
# and kept only if they look like what they should be.

[profile]
id = umg104
name = Janitza UMG 104
revision = 1
family = umg104
inherits = janitza-common
source = numbering of the Janitza Modbus address list 1.033.033.g (UMG 604), as OpenEMS's driver for the UMG 104 uses it; no register confirmed by the vendor's own list

[facts]
serial = 10176 u32 unconfirmed
production-number = 10178 u32 unconfirmed
firmware = 13437 text8 unconfirmed
name = 10072 text32 unconfirmed
model = family
# whether the identity registers are those of the UMG 604
numbering = family
# epoch32 if the clock of the UMG 604 is there, else unknown
clock = family

# A UMG 604 answers in the same way; it is the firmware that differs.
[identify]
serial = 10176 u32 1..4294967294 score=15
firmware = 13437 text8 ~"1.*" score=10

# The meter's own totals are preferred: lists disagree on whether 19068 is the total or tariff 1.
# Slow, so that live polling stays the one request of the common block.
[registers]
energy-active-net.total = 9827 f32 slow slot unconfirmed | 19060 f32
energy-active-import.total = 9851 f32 slow slot unconfirmed | 19068 f32
energy-active-export.total = 9863 f32 slow slot unconfirmed | 19076 f32
# high and low tariff
energy-active-import.total.t1 = 9875 f32 slow unconfirmed
energy-active-import.total.t2 = 9887 f32 slow unconfirmed
energy-active-export.total.t1 = 9899 f32 slow unconfirmed
energy-active-export.total.t2 = 9911 f32 slow unconfirmed

[clock]
read = 4 epoch32 @clock=epoch32
# no [write]: 15137 sets the clock of a UMG 604, which says nothing about this one
