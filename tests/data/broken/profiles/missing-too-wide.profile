# expect: 9: [registers] voltage.l1-n: missing= does not fit into the format
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = missing-too-wide
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u16 missing=0x10000
