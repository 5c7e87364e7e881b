# SPDX-License-Identifier: LGPL-2.1-or-later
# Total kWh and kvarh (0x0156, 0x0158) are sums of both directions, no balances; reactive energies are
# counted by direction, not by inductive and capacitive: left out.

[profile]
id = eastron-sdm120
name = Eastron SDM120-Modbus
revision = 1
source = Eastron, SDM120-Modbus user manual: Modbus protocol, input registers 30001 to 30345

[limits]
registers = 60
functions = 4

# holding registers, in newer meters only
[facts]
serial = 0xFC00 u32 fn=3 unconfirmed
meter-code = 0xFC02 u16 fn=3 unconfirmed

# The SDM220 has the same registers; the code is not from a document that we have: a guess.
[identify]
frequency = 0x0046 f32 fn=4 45..65 score=25
code = 0xFC02 u16 fn=3 32 score=20

[registers]
voltage.l1-n = 0x0000 f32
current.l1 = 0x0006 f32
power-active.total = 0x000C f32
power-apparent.total = 0x0012 f32
power-reactive.total = 0x0018 f32
power-factor = 0x001E f32
frequency = 0x0046 f32
# kWh in the meter
energy-active-import.total = 0x0048 f32 *1000 live slot
energy-active-export.total = 0x004A f32 *1000 live slot
