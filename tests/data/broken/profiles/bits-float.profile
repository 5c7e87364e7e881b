# expect: 9: [registers] input-state: bits= needs u16, u32 or u64
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bits-float
name = Broken
revision = 1
[registers]
input-state = 0 f32 bits=0-3
