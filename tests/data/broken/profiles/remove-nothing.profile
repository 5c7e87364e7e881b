# expect: 9: [registers] voltage.l1-n: there is no inherited row to remove
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = remove-nothing
name = Broken
revision = 1
[registers]
voltage.l1-n =
