# expect: 9: [identify] serial: a rule cannot be repeated
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-repeated
name = Broken
revision = 1
[identify]
serial = 754+2*i u32 1..2 score=10
