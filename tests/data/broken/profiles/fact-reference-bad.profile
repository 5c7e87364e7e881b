# expect: 9: [registers] voltage.l1-n: expected a fact's name after '@'
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-reference-bad
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u32 scale=ct
