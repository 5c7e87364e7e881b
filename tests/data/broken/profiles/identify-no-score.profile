# expect: 9: [identify] serial: expected score=N
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-no-score
name = Broken
revision = 1
[identify]
serial = 754 u32 1..10
