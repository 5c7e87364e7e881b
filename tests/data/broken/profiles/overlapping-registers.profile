# expect: 10: [registers] voltage.l2-n: registers 101-102 overlap those of 'voltage.l1-n', 100-101
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = overlapping-registers
name = Broken
revision = 1
[registers]
voltage.l1-n = 100 f32
voltage.l2-n = 101 f32
