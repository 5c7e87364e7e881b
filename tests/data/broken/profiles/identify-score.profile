# expect: 9: [identify] serial: score= wants 1..100
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-score
name = Broken
revision = 1
[identify]
serial = 754 u32 1..10 score=101
