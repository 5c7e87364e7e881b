# expect: 11: [registers] in{i}.pulse-count: '0+2i': expected ADDR+STRIDE*i
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bad-stride
name = Broken
revision = 1
[repeat]
count = 2
[registers]
in{i}.pulse-count = 0+2i u32
