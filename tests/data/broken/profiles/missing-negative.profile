# expect: 9: [registers] voltage.l1-n: missing= does not fit into the format
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = missing-negative
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 i16 missing=-32769
