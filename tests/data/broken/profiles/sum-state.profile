# expect: 9: [registers] input-state: states do not add up
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = sum-state
name = Broken
revision = 1
[registers]
input-state = 100 u16 sum=2
