# SPDX-License-Identifier: LGPL-2.1-or-later
# The block from 19000 that the UMG meters have in common: 61 values, 122 registers, one request.

[profile]
id = janitza-common
name = Janitza, common register block
revision = 1
source = Janitza Modbus address lists 1.040.034.r (UMG 96RM), 1.033.033.g (UMG 604), 1.037.021.9.e (UMG 511): block 19000 to 19121

[limits]
# the vendor's own integration reads all 122 at once
registers = 122
functions = 3;4

# A frequency of 0 is that of a dead feeder: a hint, no proof. Every model with this block answers
# to it, so the score leaves room for the rules of the models.
[identify]
frequency = 19050 f32 45..65 score=30
voltage = 19000 f32 0..1000000 score=10

[registers]
voltage.l1-n = 19000 f32
voltage.l2-n = 19002 f32
voltage.l3-n = 19004 f32
voltage.l1-l2 = 19006 f32
voltage.l2-l3 = 19008 f32
voltage.l3-l1 = 19010 f32
current.l1 = 19012 f32
current.l2 = 19014 f32
current.l3 = 19016 f32
# the vector sum, not a measurement
current.n-calc = 19018 f32
power-active.l1 = 19020 f32
power-active.l2 = 19022 f32
power-active.l3 = 19024 f32
power-active.total = 19026 f32
power-apparent.l1 = 19028 f32
power-apparent.l2 = 19030 f32
power-apparent.l3 = 19032 f32
power-apparent.total = 19034 f32
power-reactive.l1 = 19036 f32
power-reactive.l2 = 19038 f32
power-reactive.l3 = 19040 f32
power-reactive.total = 19042 f32
cos-phi.l1 = 19044 f32
cos-phi.l2 = 19046 f32
cos-phi.l3 = 19048 f32
frequency = 19050 f32
# 1 right, 0 none, -1 left
rotation = 19052 f32
energy-active-net.l1 = 19054 f32
energy-active-net.l2 = 19056 f32
energy-active-net.l3 = 19058 f32
energy-active-net.total = 19060 f32 live slot
energy-active-import.l1 = 19062 f32
energy-active-import.l2 = 19064 f32
energy-active-import.l3 = 19066 f32
# some lists call it tariff 1 of the energy consumed, others the total
energy-active-import.total = 19068 f32 live slot
energy-active-export.l1 = 19070 f32
energy-active-export.l2 = 19072 f32
energy-active-export.l3 = 19074 f32
energy-active-export.total = 19076 f32 live slot
energy-apparent.l1 = 19078 f32
energy-apparent.l2 = 19080 f32
energy-apparent.l3 = 19082 f32
energy-apparent.total = 19084 f32
energy-reactive.l1 = 19086 f32
energy-reactive.l2 = 19088 f32
energy-reactive.l3 = 19090 f32
energy-reactive.total = 19092 f32
energy-reactive-inductive.l1 = 19094 f32
energy-reactive-inductive.l2 = 19096 f32
energy-reactive-inductive.l3 = 19098 f32
energy-reactive-inductive.total = 19100 f32
energy-reactive-capacitive.l1 = 19102 f32
energy-reactive-capacitive.l2 = 19104 f32
energy-reactive-capacitive.l3 = 19106 f32
energy-reactive-capacitive.total = 19108 f32
thd-voltage.l1 = 19110 f32
thd-voltage.l2 = 19112 f32
thd-voltage.l3 = 19114 f32
thd-current.l1 = 19116 f32
thd-current.l2 = 19118 f32
thd-current.l3 = 19120 f32
