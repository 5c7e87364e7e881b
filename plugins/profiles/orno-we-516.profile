# SPDX-License-Identifier: LGPL-2.1-or-later
# Total energies at 0x0100 are sums of both directions, no balances: left out.

[profile]
id = orno-we-516
name = Orno OR-WE-516, OR-WE-517
revision = 1
source = Orno, OR-WE-516 and OR-WE-517 register list, as mbmd uses it

[limits]
registers = 60
functions = 3

[facts]
serial = 0x0000 u32

# Nothing that the maker alone has: a guess.
[identify]
frequency = 0x0014 f32 fn=3 45..65 score=30

[registers]
voltage.l1-n = 0x000E f32
voltage.l2-n = 0x0010 f32
voltage.l3-n = 0x0012 f32
frequency = 0x0014 f32
current.l1 = 0x0016 f32
current.l2 = 0x0018 f32
current.l3 = 0x001A f32
# kW, kvar and kVA in the meter
power-active.total = 0x001C f32 *1000
power-active.l1 = 0x001E f32 *1000
power-active.l2 = 0x0020 f32 *1000
power-active.l3 = 0x0022 f32 *1000
power-reactive.total = 0x0024 f32 *1000
power-reactive.l1 = 0x0026 f32 *1000
power-reactive.l2 = 0x0028 f32 *1000
power-reactive.l3 = 0x002A f32 *1000
power-apparent.total = 0x002C f32 *1000
power-apparent.l1 = 0x002E f32 *1000
power-apparent.l2 = 0x0030 f32 *1000
power-apparent.l3 = 0x0032 f32 *1000
power-factor.total = 0x0034 f32
power-factor.l1 = 0x0036 f32
power-factor.l2 = 0x0038 f32
power-factor.l3 = 0x003A f32
# kWh in the meter
energy-active-import.total = 0x0108 f32 *1000 slow slot
energy-active-import.l1 = 0x010A f32 *1000 slow
energy-active-import.l2 = 0x010C f32 *1000 slow
energy-active-import.l3 = 0x010E f32 *1000 slow
energy-active-export.total = 0x0110 f32 *1000 slow slot
energy-active-export.l1 = 0x0112 f32 *1000 slow
energy-active-export.l2 = 0x0114 f32 *1000 slow
energy-active-export.l3 = 0x0116 f32 *1000 slow
