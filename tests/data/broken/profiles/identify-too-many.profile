# expect: 21: [identify] r12: more than 12 rules
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-too-many
name = Broken
revision = 1
[identify]
r0 = 0 u16 1..2 score=1
r1 = 1 u16 1..2 score=1
r2 = 2 u16 1..2 score=1
r3 = 3 u16 1..2 score=1
r4 = 4 u16 1..2 score=1
r5 = 5 u16 1..2 score=1
r6 = 6 u16 1..2 score=1
r7 = 7 u16 1..2 score=1
r8 = 8 u16 1..2 score=1
r9 = 9 u16 1..2 score=1
r10 = 10 u16 1..2 score=1
r11 = 11 u16 1..2 score=1
r12 = 12 u16 1..2 score=1
