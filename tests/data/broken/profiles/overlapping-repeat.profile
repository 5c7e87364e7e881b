# expect: 11: [registers] in{i+1}.pulse-count: registers 1-2 overlap those of 'in{i+1}.pulse-count', 0-1
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = overlapping-repeat
name = Broken
revision = 1
[repeat]
count = 3
[registers]
in{i+1}.pulse-count = 0+1*i u32
