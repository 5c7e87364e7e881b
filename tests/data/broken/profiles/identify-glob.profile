# expect: 9: [identify] serial: ~GLOB needs a format of text
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-glob
name = Broken
revision = 1
[identify]
serial = 754 u32 ~"5*" score=10
