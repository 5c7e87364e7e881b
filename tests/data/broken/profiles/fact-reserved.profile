# expect: 9: [facts] function: the core sets this fact itself
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-reserved
name = Broken
revision = 1
[facts]
function = 0 u16
