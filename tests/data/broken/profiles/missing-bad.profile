# expect: 9: [registers] voltage.l1-n: missing= wants a raw pattern, decimal or 0x
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = missing-bad
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u16 missing=none
