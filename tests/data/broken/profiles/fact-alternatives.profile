# expect: 9: [facts] serial: only rows of [registers] have alternatives
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-alternatives
name = Broken
revision = 1
[facts]
serial = 0 u32 | 2 u32
