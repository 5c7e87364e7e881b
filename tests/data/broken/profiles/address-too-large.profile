# expect: 9: [registers] voltage.l1-n: '65536': expected an address 0..65535, decimal or 0x, before the format
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = address-too-large
name = Broken
revision = 1
[registers]
voltage.l1-n = 65536 f32
