# SPDX-License-Identifier: LGPL-2.1-or-later
# Twenty currents of a sub-distribution. What phase a channel is on is told by its wiring, so its
# points name none. Voltages stand from 1000 on; in which order is not said where we could read it:
# left out.

[profile]
id = umg20cm
name = Janitza UMG 20CM
revision = 1
source = Janitza Modbus address list 33.03.311.MOD (firmware 6.2, UMG 20CM)

# Writing 1252 to 1271 resets energies, 700, 3800, 6003 and 6004 reset or erase: nothing can encode
# a write, and they are not read along either.
[limits]
registers = 122
functions = 3
holes = 700;1252-1271;6000-6012

[facts]
serial = 911 u32
# the high byte is the functional part
firmware = 913 u16
hardware = 914 u16
device-type = 915 u16

[identify]
frequency = 1272 f32 45..65 score=30
serial = 911 u32 1000000..99999999 score=25

[repeat]
count = 20

[registers]
frequency = 1272 f32
ch{i+1}.current = 1012+2*i f32
ch{i+1}.power-active.total = 1052+2*i f32
ch{i+1}.power-reactive.total = 1092+2*i f32 slow
ch{i+1}.power-apparent.total = 1132+2*i f32 slow
ch{i+1}.power-factor = 1172+2*i f32 slow
ch{i+1}.energy-active-import.total = 1212+2*i f32 slow slot
# sums of channels; which ones is set in the device
g1.power-active.total = 2400 f32
g2.power-active.total = 2402 f32
g3.power-active.total = 2404 f32
g4.power-active.total = 2406 f32
g5.power-active.total = 2408 f32
g6.power-active.total = 2410 f32
g7.power-active.total = 2412 f32
g1.energy-active-import.total = 2414 f32 slow slot
g2.energy-active-import.total = 2416 f32 slow slot
g3.energy-active-import.total = 2418 f32 slow slot
g4.energy-active-import.total = 2420 f32 slow slot
g5.energy-active-import.total = 2422 f32 slow slot
g6.energy-active-import.total = 2424 f32 slow slot
g7.energy-active-import.total = 2426 f32 slow slot

# Reading is documented, setting is not.
[clock]
read = 701 epoch32
