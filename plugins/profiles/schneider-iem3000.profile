# SPDX-License-Identifier: LGPL-2.1-or-later
# The manual numbers registers from 1: what it calls 3204 is 3203 here. An iEM3150 or iEM3250 measures
# import alone. The lowest number that 64 bits hold cannot be a counter's, whatever a meter means by it: it
# is read as no value.

[profile]
id = schneider-iem3000
name = Schneider Electric iEM3150, 3155, 3250, 3255, 3350, 3355
revision = 2
source = Schneider Electric, iEM3000 series user manual DOCA0005: Modbus register list

[limits]
functions = 3

[facts]
name = 29 text20
model = 49 text20
manufacturer = 69 text20
serial = 129 u32

[identify]
manufacturer = 69 text20 ~"*Schneider*" score=30
model = 49 text20 ~"*iEM3*" score=50

[registers]
current.l1 = 2999 f32
current.l2 = 3001 f32
current.l3 = 3003 f32
voltage.l1-l2 = 3019 f32 slow
voltage.l2-l3 = 3021 f32 slow
voltage.l3-l1 = 3023 f32 slow
voltage.l1-n = 3027 f32
voltage.l2-n = 3029 f32
voltage.l3-n = 3031 f32
# kW, kvar and kVA in the meter
power-active.l1 = 3053 f32 *1000
power-active.l2 = 3055 f32 *1000
power-active.l3 = 3057 f32 *1000
power-active.total = 3059 f32 *1000
power-reactive.total = 3067 f32 *1000
power-apparent.total = 3075 f32 *1000
frequency = 3109 f32
# Wh, to the last one
energy-active-import.total = 3203 i64 missing=0x8000000000000000 slow slot
energy-active-export.total = 3207 i64 missing=0x8000000000000000 slow slot
energy-active-import.l1 = 3517 i64 missing=0x8000000000000000 slow
energy-active-import.l2 = 3521 i64 missing=0x8000000000000000 slow
energy-active-import.l3 = 3525 i64 missing=0x8000000000000000 slow
