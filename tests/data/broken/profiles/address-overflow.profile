# expect: 9: [registers] voltage.l1-n: ends past register 65535
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = address-overflow
name = Broken
revision = 1
[registers]
voltage.l1-n = 65535 f32
