# SPDX-License-Identifier: LGPL-2.1-or-later
# Total energies 0x6000 and 0x6024 are sums of both directions, no balances; reactive energies are
# counted by direction: left out.

[profile]
id = inepro-pro380
name = Inepro PRO380-Mod
revision = 1
source = Inepro Metering, PRO380 user manual V2.18: Modbus registers

[limits]
registers = 60
functions = 3

# the number on the meter is this one in hexadecimal
[facts]
serial = 0x4000 u32
firmware = 0x4007 f32

# Nothing that the maker alone has: a guess.
[identify]
frequency = 0x5008 f32 fn=3 45..65 score=30

[registers]
voltage.l1-n = 0x5002 f32
voltage.l2-n = 0x5004 f32
voltage.l3-n = 0x5006 f32
frequency = 0x5008 f32
current.l1 = 0x500C f32
current.l2 = 0x500E f32
current.l3 = 0x5010 f32
# kW, kvar and kVA in the meter
power-active.total = 0x5012 f32 *1000
power-active.l1 = 0x5014 f32 *1000
power-active.l2 = 0x5016 f32 *1000
power-active.l3 = 0x5018 f32 *1000
power-reactive.total = 0x501A f32 *1000
power-reactive.l1 = 0x501C f32 *1000
power-reactive.l2 = 0x501E f32 *1000
power-reactive.l3 = 0x5020 f32 *1000
power-apparent.total = 0x5022 f32 *1000
power-apparent.l1 = 0x5024 f32 *1000
power-apparent.l2 = 0x5026 f32 *1000
power-apparent.l3 = 0x5028 f32 *1000
power-factor.total = 0x502A f32
power-factor.l1 = 0x502C f32
power-factor.l2 = 0x502E f32
power-factor.l3 = 0x5030 f32
# kWh in the meter
energy-active-import.total = 0x600C f32 *1000 slow slot
energy-active-import.total.t1 = 0x600E f32 *1000 slow
energy-active-import.total.t2 = 0x6010 f32 *1000 slow
energy-active-import.l1 = 0x6012 f32 *1000 slow
energy-active-import.l2 = 0x6014 f32 *1000 slow
energy-active-import.l3 = 0x6016 f32 *1000 slow
energy-active-export.total = 0x6018 f32 *1000 slow slot
energy-active-export.total.t1 = 0x601A f32 *1000 slow
energy-active-export.total.t2 = 0x601C f32 *1000 slow
energy-active-export.l1 = 0x601E f32 *1000 slow
energy-active-export.l2 = 0x6020 f32 *1000 slow
energy-active-export.l3 = 0x6022 f32 *1000 slow
