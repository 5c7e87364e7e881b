# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = socomec-countis-e
name = Socomec COUNTIS E3x, E4x
revision = 1
source = Socomec, COUNTIS E JBUS/Modbus common table 1.01: metrology at C550h, energies at C650h

[limits]
registers = 60
functions = 3

# Nothing that the maker alone has: a guess.
[identify]
frequency = 0xC55E u32 fn=3 *0.01 45..65 score=40

[registers]
voltage.l1-l2 = 0xC552 u32 *0.01
voltage.l2-l3 = 0xC554 u32 *0.01
voltage.l3-l1 = 0xC556 u32 *0.01
voltage.l1-n = 0xC558 u32 *0.01
voltage.l2-n = 0xC55A u32 *0.01
voltage.l3-n = 0xC55C u32 *0.01
frequency = 0xC55E u32 *0.01
current.l1 = 0xC560 u32 *0.001
current.l2 = 0xC562 u32 *0.001
current.l3 = 0xC564 u32 *0.001
# 0.01 kW, kvar and kVA in the meter
power-active.total = 0xC568 i32 *10
power-reactive.total = 0xC56A i32 *10
power-apparent.total = 0xC56C u32 *10
power-factor.total = 0xC56E i32 *0.001
power-active.l1 = 0xC570 i32 *10
power-active.l2 = 0xC572 i32 *10
power-active.l3 = 0xC574 i32 *10
power-reactive.l1 = 0xC576 i32 *10
power-reactive.l2 = 0xC578 i32 *10
power-reactive.l3 = 0xC57A i32 *10
power-apparent.l1 = 0xC57C u32 *10
power-apparent.l2 = 0xC57E u32 *10
power-apparent.l3 = 0xC580 u32 *10
power-factor.l1 = 0xC582 i32 *0.001
power-factor.l2 = 0xC584 i32 *0.001
power-factor.l3 = 0xC586 i32 *0.001
# kWh in the meter
energy-active-import.total = 0xC652 u32 *1000 slow slot
energy-active-export.total = 0xC658 u32 *1000 slow slot
