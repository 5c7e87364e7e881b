# expect: 9: [registers] voltage.l9-n: 'l9-n' is no channel and no tariff
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-channel
name = Broken
revision = 1
[registers]
voltage.l9-n = 0 f32
