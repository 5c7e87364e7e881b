# expect: 9: [registers] energy-active-import.total: sum= and bits= exclude each other
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = sum-bits
name = Broken
revision = 1
[registers]
energy-active-import.total = 100 u32 bits=0-23 sum=2
