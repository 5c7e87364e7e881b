# SPDX-License-Identifier: LGPL-2.1-or-later
# What a meter does not have, reads as all ones (signed: as the highest number): a B21 has no values of
# its own for the phases, a steel or bronze meter no export. Whether apparent powers are signed like the
# others is not told everywhere alike: below 21 MVA it is the same, but for what stands for no value, which
# is read as a signed one's. If a meter without phases shows -0.01 VA, that is it.

[profile]
id = abb-b23
name = ABB B23, B24, B21
revision = 1
source = ABB, B23/B24 user manual 2CMC485003M0201: communication with Modbus, mapping tables

[limits]
functions = 3

[facts]
serial = 0x8900 u32
firmware = 0x8908 text8
model = 0x8960 text6

[identify]
model = 0x8960 text6 ~"B2*" score=80

[registers]
voltage.l1-n = 0x5B00 u32 *0.1 missing=0xFFFFFFFF
voltage.l2-n = 0x5B02 u32 *0.1 missing=0xFFFFFFFF
voltage.l3-n = 0x5B04 u32 *0.1 missing=0xFFFFFFFF
voltage.l1-l2 = 0x5B06 u32 *0.1 missing=0xFFFFFFFF
voltage.l2-l3 = 0x5B08 u32 *0.1 missing=0xFFFFFFFF
voltage.l3-l1 = 0x5B0A u32 *0.1 missing=0xFFFFFFFF
current.l1 = 0x5B0C u32 *0.01 missing=0xFFFFFFFF
current.l2 = 0x5B0E u32 *0.01 missing=0xFFFFFFFF
current.l3 = 0x5B10 u32 *0.01 missing=0xFFFFFFFF
power-active.total = 0x5B14 i32 *0.01 missing=0x7FFFFFFF
power-active.l1 = 0x5B16 i32 *0.01 missing=0x7FFFFFFF
power-active.l2 = 0x5B18 i32 *0.01 missing=0x7FFFFFFF
power-active.l3 = 0x5B1A i32 *0.01 missing=0x7FFFFFFF
power-reactive.total = 0x5B1C i32 *0.01 missing=0x7FFFFFFF
power-reactive.l1 = 0x5B1E i32 *0.01 missing=0x7FFFFFFF
power-reactive.l2 = 0x5B20 i32 *0.01 missing=0x7FFFFFFF
power-reactive.l3 = 0x5B22 i32 *0.01 missing=0x7FFFFFFF
power-apparent.total = 0x5B24 i32 *0.01 missing=0x7FFFFFFF
power-apparent.l1 = 0x5B26 i32 *0.01 missing=0x7FFFFFFF
power-apparent.l2 = 0x5B28 i32 *0.01 missing=0x7FFFFFFF
power-apparent.l3 = 0x5B2A i32 *0.01 missing=0x7FFFFFFF
frequency = 0x5B2C u16 *0.01 missing=0xFFFF
power-factor.total = 0x5B3A i16 *0.001 missing=0x7FFF
power-factor.l1 = 0x5B3B i16 *0.001 missing=0x7FFF
power-factor.l2 = 0x5B3C i16 *0.001 missing=0x7FFF
power-factor.l3 = 0x5B3D i16 *0.001 missing=0x7FFF
# 0.01 kWh in the meter
energy-active-import.total = 0x5000 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow slot
energy-active-export.total = 0x5004 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow slot
energy-active-net.total = 0x5008 i64 *10 missing=0x7FFFFFFFFFFFFFFF slow slot
energy-active-import.l1 = 0x5460 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow
energy-active-import.l2 = 0x5464 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow
energy-active-import.l3 = 0x5468 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow
energy-active-export.l1 = 0x546C u64 *10 missing=0xFFFFFFFFFFFFFFFF slow
energy-active-export.l2 = 0x5470 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow
energy-active-export.l3 = 0x5474 u64 *10 missing=0xFFFFFFFFFFFFFFFF slow
