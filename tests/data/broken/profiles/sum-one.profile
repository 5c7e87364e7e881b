# expect: 9: [registers] energy-active-import.total: sum= wants 2..31, the number of values that add up
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = sum-one
name = Broken
revision = 1
[registers]
energy-active-import.total = 100 f64 sum=1
