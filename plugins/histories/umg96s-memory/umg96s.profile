# SPDX-License-Identifier: LGPL-2.1-or-later
# The older UMG 96S. Its memory and clock are documented by the vendor, where its measured values and
# counters are is not: a profile of the site that inherits this one adds them (README.md).

[profile]
id = umg96s
name = Janitza UMG 96S
revision = 3
source = user manual of the UMG 96S, all versions: memory, clock; the serial number is not confirmed

[limits]
# each read of them takes a block out of the memory and steps back
stateful = 500-505
holes = 500-510

# Perhaps the serial number, where several of these meters have one: nothing depends on it, and no
# exchange is told by it.
[facts]
serial-candidate = 911 u32 unconfirmed
# whether the memory is fitted
memory = 703 u16

# A guess: a serial number where several of these meters have one, then memory and clock. A UMG 20CM
# shows a frequency besides.
[identify]
serial = 911 u32 1..4294967294 score=26
memory = 703 u16 0..1 score=10
clock = 410 u32 946684800..4102444800 score=10

[clock]
read = 410 epoch32
