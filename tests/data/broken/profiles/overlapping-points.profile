# expect: 12: [registers] in2.pulse-count: point 'in2.pulse-count' is also given by 'in{i+1}.pulse-count'
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = overlapping-points
name = Broken
revision = 1
[repeat]
count = 3
[registers]
in{i+1}.pulse-count = 0+2*i u32
in2.pulse-count = 100 u32
