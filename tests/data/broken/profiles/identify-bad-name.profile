# expect: 9: [identify] Serial: bad name of a rule
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-bad-name
name = Broken
revision = 1
[identify]
Serial = 754 u32 1..2 score=10
