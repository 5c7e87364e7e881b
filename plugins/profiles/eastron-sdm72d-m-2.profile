# SPDX-License-Identifier: LGPL-2.1-or-later
# The SDM72D-M without -2 has its totals alone, and another code: not this type.

[profile]
id = eastron-sdm72d-m-2
name = Eastron SDM72D-M-2
revision = 1
source = Eastron, SDM72D-M-v2 user manual: Modbus protocol, input registers; meter code: page 16 there, as Tinkerforge's drivers use it

[limits]
# 30 values of two registers, says the manual
registers = 60
functions = 4

[facts]
serial = 0xFC00 u32 fn=3
meter-code = 0xFC02 u16 fn=3

[identify]
frequency = 0x0046 f32 fn=4 45..65 score=25
code = 0xFC02 u16 fn=3 137 score=40

[registers]
voltage.l1-n = 0x0000 f32
voltage.l2-n = 0x0002 f32
voltage.l3-n = 0x0004 f32
current.l1 = 0x0006 f32
current.l2 = 0x0008 f32
current.l3 = 0x000A f32
power-active.l1 = 0x000C f32
power-active.l2 = 0x000E f32
power-active.l3 = 0x0010 f32
power-apparent.l1 = 0x0012 f32
power-apparent.l2 = 0x0014 f32
power-apparent.l3 = 0x0016 f32
power-reactive.l1 = 0x0018 f32
power-reactive.l2 = 0x001A f32
power-reactive.l3 = 0x001C f32
power-factor.l1 = 0x001E f32
power-factor.l2 = 0x0020 f32
power-factor.l3 = 0x0022 f32
power-active.total = 0x0034 f32
power-apparent.total = 0x0038 f32
power-reactive.total = 0x003C f32
power-factor.total = 0x003E f32
frequency = 0x0046 f32
# kWh in the meter
energy-active-import.total = 0x0048 f32 *1000 live slot
energy-active-export.total = 0x004A f32 *1000 live slot
