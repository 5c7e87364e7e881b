# expect: 11: [registers] pulse-count: +STRIDE*i needs {i} in the point's name
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = stride-without-index
name = Broken
revision = 1
[repeat]
count = 2
[registers]
pulse-count = 0+2*i u32
