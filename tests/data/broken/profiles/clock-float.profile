# expect: 9: [clock] read: a clock is one of epoch32 u32 i32 u64 i64 f64, or date with order=
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-float
name = Broken
revision = 1
[clock]
read = 4 f32
