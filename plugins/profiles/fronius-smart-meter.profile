# SPDX-License-Identifier: LGPL-2.1-or-later
# A meter that an inverter shows under a unit id of its own, as SunSpec models 1 (common) and 213
# (floats, three phases), one after the other from 40000 on. With integers and scale factors, the
# other setting of the inverter, model 203 stands there instead: not this type.

[profile]
id = fronius-smart-meter
name = Fronius Smart Meter (SunSpec, floats)
revision = 1
source = Fronius, Datamanager and GEN24 Modbus register maps: meter, float; SunSpec Alliance, information models 1 and 213

[limits]
functions = 3
units = 200;240

[facts]
manufacturer = 40004 text16
model = 40020 text16
firmware = 40044 text8
serial = 40052 text16

[identify]
sunspec = 40000 text2 ~"SunS" score=15
manufacturer = 40004 text16 ~"Fronius*" score=15
meter-model = 40069 u16 213 score=50

[registers]
current.l1 = 40073 f32
current.l2 = 40075 f32
current.l3 = 40077 f32
voltage.l1-n = 40081 f32
voltage.l2-n = 40083 f32
voltage.l3-n = 40085 f32
voltage.l1-l2 = 40089 f32
voltage.l2-l3 = 40091 f32
voltage.l3-l1 = 40093 f32
frequency = 40095 f32
power-active.total = 40097 f32
power-active.l1 = 40099 f32
power-active.l2 = 40101 f32
power-active.l3 = 40103 f32
power-apparent.total = 40105 f32
power-apparent.l1 = 40107 f32
power-apparent.l2 = 40109 f32
power-apparent.l3 = 40111 f32
power-reactive.total = 40113 f32
power-reactive.l1 = 40115 f32
power-reactive.l2 = 40117 f32
power-reactive.l3 = 40119 f32
power-factor.total = 40121 f32
power-factor.l1 = 40123 f32
power-factor.l2 = 40125 f32
power-factor.l3 = 40127 f32
energy-active-export.total = 40129 f32 slow slot
energy-active-import.total = 40137 f32 slow slot
