# expect: 9: [identify] serial: expected MIN..MAX or ~GLOB
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-no-range
name = Broken
revision = 1
[identify]
serial = 754 u32 score=10
