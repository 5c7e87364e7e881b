# expect: 10: [registers]: the group stands twice, first in line 8
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = duplicate-group
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32
[registers]
