# expect: 11: [registers] in{i}.pulse-count: {i} in the name needs ADDR+STRIDE*i
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = index-without-stride
name = Broken
revision = 1
[repeat]
count = 2
[registers]
in{i}.pulse-count = 0 u32
