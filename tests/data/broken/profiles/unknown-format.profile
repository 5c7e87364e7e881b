# expect: 9: [registers] voltage.l1-n: unknown format 'float32'; expected u16 i16 u32 i32 u64 i64 f32 f64 epoch32 or text1..text125
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-format
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 float32
