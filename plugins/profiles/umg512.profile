# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = umg512
name = Janitza UMG 512 (-PRO)
revision = 1
inherits = janitza-common
source = Janitza Modbus address list of the UMG 512-PRO, as text in github.com/sm26449/janitza-monitor

# Name and firmware are not in the text of the list that we have.
[facts]
serial = 6856 u32
production-number = 6858 u32

# Other types have something else at 6856: only what looks like one of the vendor's serial numbers
# of eight digits counts.
[identify]
serial = 6856 u32 1000000..99999999 score=25

# The meter's own totals are preferred: the lists call 19068 tariff 1 here. 6476 (net), 6500
# (consumed) and 6512 (supplied) begin blocks of six floats: L1 to L4, L1..L3, L1..L4.
# Slow, so that live polling stays the one request of the common block.
[registers]
energy-active-net.total = 6484 f32 slow slot | 19060 f32
energy-active-import.total = 6508 f32 slow slot | 19068 f32
energy-active-export.total = 6520 f32 slow slot | 19076 f32
energy-active-net.l4 = 6482 f32 slow
energy-active-net.total4 = 6486 f32 slow
energy-active-import.l4 = 6506 f32 slow
energy-active-import.total4 = 6510 f32 slow
energy-active-export.l4 = 6518 f32 slow
energy-active-export.total4 = 6522 f32 slow
# high and low tariff
energy-active-import.total.t1 = 6532 f32 slow slot
energy-active-import.total.t2 = 6544 f32 slow slot
energy-active-export.total.t1 = 6556 f32 slow slot
energy-active-export.total.t2 = 6568 f32 slow slot

[clock]
read = 4 epoch32

# The list has _SYSTIME as readable and writable here, other than in the UMG 604 and 511. 6654 and
# 6655 delete counters: nothing can encode a write to them.
[write]
clock = 4 2 1577836800..2147483647
