# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = eastron-sdm630
name = Eastron SDM630-Modbus V2, SDM630MCT V2
revision = 2
source = Eastron, SDM630-Modbus MID V2 user manual: Modbus protocol, input registers 30001 to 30375; meter code as Tinkerforge's drivers use it

[limits]
# 40 values of two registers, says the manual; more is answered by an exception
registers = 80
functions = 4
# the net and reactive counters 30077 to 30079 and 30343 to 30345 are sums of both directions, not balances

[facts]
# holding registers, in newer meters only
serial = 0xFC00 u32 fn=3
meter-code = 0xFC02 u16 fn=3

# Early meters say 0 or nothing of their code: the frequency alone is a guess, all of the maker's
# meters have it there.
[identify]
frequency = 0x0046 f32 fn=4 45..65 score=25
code = 0xFC02 u16 fn=3 112 score=40
code-mct = 0xFC02 u16 fn=3 121 score=40

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
# the rest would need requests of its own at every poll
voltage.l1-l2 = 0x00C8 f32 slow
voltage.l2-l3 = 0x00CA f32 slow
voltage.l3-l1 = 0x00CC f32 slow
current.n = 0x00E0 f32 slow
thd-voltage.l1 = 0x00EA f32 slow
thd-voltage.l2 = 0x00EC f32 slow
thd-voltage.l3 = 0x00EE f32 slow
thd-current.l1 = 0x00F0 f32 slow
thd-current.l2 = 0x00F2 f32 slow
thd-current.l3 = 0x00F4 f32 slow
energy-active-import.l1 = 0x015A f32 *1000 slow
energy-active-import.l2 = 0x015C f32 *1000 slow
energy-active-import.l3 = 0x015E f32 *1000 slow
energy-active-export.l1 = 0x0160 f32 *1000 slow
energy-active-export.l2 = 0x0162 f32 *1000 slow
energy-active-export.l3 = 0x0164 f32 *1000 slow
