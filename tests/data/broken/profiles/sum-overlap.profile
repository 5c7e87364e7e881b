# expect: 10: [registers] energy-active-import.total.t1: registers 105-108 overlap those of 'energy-active-import.total', 100-107
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = sum-overlap
name = Broken
revision = 1
[registers]
energy-active-import.total = 100 f64 sum=2
energy-active-import.total.t1 = 105 f64
