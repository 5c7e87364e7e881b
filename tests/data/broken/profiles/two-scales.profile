# expect: 11: [registers] current.l1: two scales
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = two-scales
name = Broken
revision = 1
[facts]
ct = 10 f32
[registers]
current.l1 = 0 u16 *0.1 scale=@ct
