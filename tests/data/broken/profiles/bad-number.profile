# expect: 9: [registers] voltage.l1-n: '19,000': expected an address 0..65535, decimal or 0x, before the format
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bad-number
name = Broken
revision = 1
[registers]
voltage.l1-n = 19,000 f32
