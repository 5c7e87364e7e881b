# expect: 9: [registers] voltage.l1-n: the scale after '*' has to be a number other than 0
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = scale-nan
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u16 *nan
