# expect: 9: [registers] voltage.l1-n: expected bytes=swapped
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bytes-bad
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u32 bytes=low
