# expect: 9: [identify] serial: ends past register 65535
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-overflow
name = Broken
revision = 1
[identify]
serial = 65535 u32 1..2 score=10
