# expect: 10: [registers] voltage.l1-n: the key stands twice, first in line 9
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = duplicate-key
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32
voltage.l1-n = 2 f32
