# expect: 11: [facts] name: 9 registers in one block, the type's limit is 8
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = too-long-block
name = Broken
revision = 1
[limits]
registers = 8
[facts]
name = 100 text9
