# expect: 9: [registers] voltage.l1-n: expected ADDR FORMAT
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = no-format
name = Broken
revision = 1
[registers]
voltage.l1-n = 0
