# expect: 9: [registers] voltage.l1-n: more than 8 alternatives
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = too-many-alternatives
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 | 10 f32 | 20 f32 | 30 f32 | 40 f32 | 50 f32 | 60 f32 | 70 f32 | 80 f32
