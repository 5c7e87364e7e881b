# expect: 9: [registers] voltage.l1-n: text is a fact, not a value: it belongs into [facts]
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = text-register
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 text4
