# expect: 9: [registers] voltage.l1-n: live and slow exclude each other
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = live-and-slow
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 live slow
