# expect: 9: [registers] voltage.l1-n: expected words=low-first
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = words-bad
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u32 words=high-first
