# expect: 9: [registers] input-state: expected bits=FIRST-LAST
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bits-bad
name = Broken
revision = 1
[registers]
input-state = 0 u16 bits=a-b
