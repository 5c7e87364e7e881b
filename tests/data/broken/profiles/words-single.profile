# expect: 9: [registers] voltage.l1-n: words=low-first needs a format of two registers
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = words-single
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u16 words=low-first
