# expect: 9: [registers] voltage.l1-n: slot is given twice
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = word-twice
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 slot slot
