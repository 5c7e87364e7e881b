# SPDX-License-Identifier: LGPL-2.1-or-later
# The older UMG 96S. Its memory and clock are documented by the vendor; of its measured values only
# what a driver in the field reads is here, and the counters are not confirmed: they are where the
# order of that driver's table puts them, without the ratio of the transformers.

[profile]
id = umg96s
name = Janitza UMG 96S
revision = 1
source = user manual of the UMG 96S, all versions: memory, clock; values from a driver in the field (Janitza2Influx), not confirmed

[limits]
# each read of them takes a block out of the memory and steps back
stateful = 500-505
holes = 500-510

[facts]
serial = 911 u32 unconfirmed
# whether the memory is fitted
memory = 703 u16

# A guess: a serial number where several of these meters have one, then memory and clock. A UMG 20CM
# shows a frequency besides.
[identify]
serial = 911 u32 1..4294967294 score=26
memory = 703 u16 0..1 score=10
clock = 410 u32 946684800..4102444800 score=10

[registers]
voltage.l1-n = 200 u16 *0.1 unconfirmed
voltage.l2-n = 201 u16 *0.1 unconfirmed
voltage.l3-n = 202 u16 *0.1 unconfirmed
voltage.l1-l2 = 203 u16 *0.1 unconfirmed
voltage.l2-l3 = 204 u16 *0.1 unconfirmed
voltage.l3-l1 = 205 u16 *0.1 unconfirmed
energy-active-import.total = 422 u32 slow slot unconfirmed
energy-active-export.total = 424 u32 slow slot unconfirmed

[clock]
read = 410 epoch32
