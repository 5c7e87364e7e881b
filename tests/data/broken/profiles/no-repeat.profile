# expect: 9: [registers] in{i}.pulse-count: +STRIDE*i needs a group [repeat]
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = no-repeat
name = Broken
revision = 1
[registers]
in{i}.pulse-count = 0+2*i u32
