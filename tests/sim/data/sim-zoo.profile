# SPDX-License-Identifier: LGPL-2.1-or-later
# No real meter: one row of each kind that a profile can have, for the simulator's own tests.

[profile]
id = sim-zoo
name = Zoo
revision = 1

[limits]
registers = 100
functions = 3;4
holes = 130-131
stateful = 150-151

[facts]
serial = 10 u64
firmware = 14 text4
name = 20 text8
clock = 30 epoch32
input-unit = 40+4*i text4
phases = 60 u16 bits=0-3
wiring = 60 u16 bits=4-7

[repeat]
count = 3

[identify]
article = 62 u32 5222061..5222070 score=50
model = 64 text4 ~ZOO-?* score=40
serial = 10 u64 1..9e18 score=5

[registers]
power-active.total = 100 f32
power-reactive.total = 102 f64
voltage.l1-n = 106 i16 *0.1 missing=0x8000
voltage.l2-n = 107 u32 *0.01 words=low-first missing=4294967295
voltage.l3-n = 109 u16 *0.1 bytes=swapped
frequency = 110 u16 *0.01
energy-active-import.total = 120 u64
energy-active-export.total = 124 i32 *1000 | 140 f32
in{i+1}.pulse-count = 200+4*i i64 slot
in{i+1}.pulse-value = 2090+4*i f64 unit=@input-unit slow
current.l1 = 300 f32 fn=4
temperature = 150 i16 *0.1
rotation = 160 i16

[clock]
read = 30 epoch32

[write]
clock = 30 2 1000000000..4294967295
