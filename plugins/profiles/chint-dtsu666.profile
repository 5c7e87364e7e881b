# SPDX-License-Identifier: LGPL-2.1-or-later
# For meters that are connected directly. With current or voltage transformers the values have to be
# multiplied by their ratios, which this type does not do: the factor of a place can.

[profile]
id = chint-dtsu666
name = Chint DTSU666, connected directly
revision = 1
source = Chint, DTSU666 DSSU666 user manual: Modbus registers

[limits]
registers = 60
functions = 3

# Nothing that the maker alone has: a guess.
[identify]
frequency = 0x2044 f32 fn=3 *0.01 45..65 score=40

[registers]
voltage.l1-l2 = 0x2000 f32 *0.1
voltage.l2-l3 = 0x2002 f32 *0.1
voltage.l3-l1 = 0x2004 f32 *0.1
voltage.l1-n = 0x2006 f32 *0.1
voltage.l2-n = 0x2008 f32 *0.1
voltage.l3-n = 0x200A f32 *0.1
current.l1 = 0x200C f32 *0.001
current.l2 = 0x200E f32 *0.001
current.l3 = 0x2010 f32 *0.001
power-active.total = 0x2012 f32 *0.1
power-active.l1 = 0x2014 f32 *0.1
power-active.l2 = 0x2016 f32 *0.1
power-active.l3 = 0x2018 f32 *0.1
power-reactive.total = 0x201A f32 *0.1
power-reactive.l1 = 0x201C f32 *0.1
power-reactive.l2 = 0x201E f32 *0.1
power-reactive.l3 = 0x2020 f32 *0.1
power-factor.total = 0x202A f32 *0.001
power-factor.l1 = 0x202C f32 *0.001
power-factor.l2 = 0x202E f32 *0.001
power-factor.l3 = 0x2030 f32 *0.001
frequency = 0x2044 f32 *0.01
# kWh in the meter
energy-active-import.total = 0x101E f32 *1000 slow slot
energy-active-export.total = 0x1028 f32 *1000 slow slot
