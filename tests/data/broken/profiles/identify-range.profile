# expect: 9: [identify] serial: expected a range MIN..MAX
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-range
name = Broken
revision = 1
[identify]
serial = 754 u32 10..1 score=10
