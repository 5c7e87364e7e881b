# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = cg-em340
name = Carlo Gavazzi EM330, EM340, ET330, ET340
revision = 1
source = Carlo Gavazzi, EM330 EM340 ET330 ET340 communication protocol

[limits]
# drivers in the field read each value by itself
registers = 20
functions = 4;3

# Some put a zero before each character of the serial number: then it is not known.
[facts]
model-code = 0x000B u16
serial = 0x5000 text7

# The codes are known from 330 on; not all of them are known to us.
[identify]
model = 0x000B u16 330..349 score=60

# 32 bits, the low word first. Line to line voltages, reactive and apparent power are left out.
[registers]
voltage.l1-n = 0x0000 i32 words=low-first *0.1
voltage.l2-n = 0x0002 i32 words=low-first *0.1
voltage.l3-n = 0x0004 i32 words=low-first *0.1
current.l1 = 0x000C i32 words=low-first *0.001
current.l2 = 0x000E i32 words=low-first *0.001
current.l3 = 0x0010 i32 words=low-first *0.001
power-active.l1 = 0x0012 i32 words=low-first *0.1
power-active.l2 = 0x0014 i32 words=low-first *0.1
power-active.l3 = 0x0016 i32 words=low-first *0.1
power-active.total = 0x0028 i32 words=low-first *0.1
power-factor.l1 = 0x002E i16 *0.001
power-factor.l2 = 0x002F i16 *0.001
power-factor.l3 = 0x0030 i16 *0.001
power-factor.total = 0x0031 i16 *0.001
frequency = 0x0033 u16 *0.1
# 0.1 kWh in the meter
energy-active-import.total = 0x0034 i32 words=low-first *100 slow slot
energy-active-import.l1 = 0x0040 i32 words=low-first *100 slow
energy-active-import.l2 = 0x0042 i32 words=low-first *100 slow
energy-active-import.l3 = 0x0044 i32 words=low-first *100 slow
energy-active-export.total = 0x004E i32 words=low-first *100 slow slot
