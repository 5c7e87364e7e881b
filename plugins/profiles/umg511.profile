# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = umg511
name = Janitza UMG 511
revision = 1
inherits = janitza-common
source = Janitza Modbus address list 1.037.021.9.e (06/2020, UMG 511)

[facts]
serial = 6943 u32
production-number = 6945 u32
firmware = 11601 text8
name = 6837 text32
description = 6869 text64

[identify]
serial = 6943 u32 1..4294967294 score=15
firmware = 11601 text8 ~"?*.?*" score=35

# The meter's own totals are preferred: the lists call 19068 tariff 1 here. 6542 (net), 6566
# (consumed) and 6578 (supplied) begin blocks of six floats: L1 to L4, L1..L3, L1..L4.
# Slow, so that live polling stays the one request of the common block.
[registers]
energy-active-net.total = 6550 f32 slow slot | 19060 f32
energy-active-import.total = 6574 f32 slow slot | 19068 f32
energy-active-export.total = 6586 f32 slow slot | 19076 f32
energy-active-net.l4 = 6548 f32 slow
energy-active-net.total4 = 6552 f32 slow
energy-active-import.l4 = 6572 f32 slow
energy-active-import.total4 = 6576 f32 slow
energy-active-export.l4 = 6584 f32 slow
energy-active-export.total4 = 6588 f32 slow
# high and low tariff
energy-active-import.total.t1 = 6598 f32 slow slot
energy-active-import.total.t2 = 6610 f32 slow slot
energy-active-export.total.t1 = 6622 f32 slow slot
energy-active-export.total.t2 = 6634 f32 slow slot

# No [write]: the list gives no register that sets it.
[clock]
read = 4 epoch32
