# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = umg604
name = Janitza UMG 604 (-PRO)
revision = 1
inherits = janitza-common
source = Janitza Modbus address list 1.033.033.g (UMG 604)

[facts]
serial = 10176 u32
production-number = 10178 u32
firmware = 13437 text8
name = 10072 text32
description = 10104 text64

# Firmware 2.x has a list of its own, 4 and 5 are named by the vendor's and by drivers in the field.
# A UMG 104 numbers its registers alike and has firmware 1.
[identify]
serial = 10176 u32 1..4294967294 score=15
firmware-2 = 13437 text8 ~"2.*" score=30
firmware-3 = 13437 text8 ~"3.*" score=30
firmware-4 = 13437 text8 ~"4.*" score=30
firmware-5 = 13437 text8 ~"5.*" score=30

# The meter's own totals are preferred: the lists call 19068 tariff 1 here. 9819 (net), 9843
# (consumed) and 9855 (supplied) begin blocks of six floats: L1 to L4, L1..L3, L1..L4.
# Slow, so that live polling stays the one request of the common block.
[registers]
energy-active-net.total = 9827 f32 slow slot | 19060 f32
energy-active-import.total = 9851 f32 slow slot | 19068 f32
energy-active-export.total = 9863 f32 slow slot | 19076 f32
energy-active-net.l4 = 9825 f32 slow
energy-active-net.total4 = 9829 f32 slow
energy-active-import.l4 = 9849 f32 slow
energy-active-import.total4 = 9853 f32 slow
energy-active-export.l4 = 9861 f32 slow
energy-active-export.total4 = 9865 f32 slow
# high and low tariff
energy-active-import.total.t1 = 9875 f32 slow slot
energy-active-import.total.t2 = 9887 f32 slow slot
energy-active-export.total.t1 = 9899 f32 slow slot
energy-active-export.total.t2 = 9911 f32 slow slot

[clock]
read = 4 epoch32

# _SET_SYSTIME. 9997 to 9999 delete counters: nothing can encode a write to them.
[write]
clock = 15137 2 1577836800..2147483647
