# expect: 9: [facts] Serial: a fact's name has a-z, 0-9 and '-', and begins with a letter
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-bad-name
name = Broken
revision = 1
[facts]
Serial = 0 u32
