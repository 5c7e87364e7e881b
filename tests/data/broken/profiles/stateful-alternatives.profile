# expect: 11: [registers] voltage.l1-n: a stateful register cannot be probed: no alternatives
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = stateful-alternatives
name = Broken
revision = 1
[limits]
stateful = 100-110
[registers]
voltage.l1-n = 0 f32 | 109 f32
