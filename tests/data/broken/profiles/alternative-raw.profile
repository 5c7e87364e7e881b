# expect: 10: [registers] voltage.l1-n: a raw row has no alternatives
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = alternative-raw
name = Broken
revision = 1
family = umg96rm
[registers]
voltage.l1-n = 0 f32 raw | 2 f32
