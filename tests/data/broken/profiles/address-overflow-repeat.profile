# expect: 11: [registers] in{i}.pulse-count: ends past register 65535
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = address-overflow-repeat
name = Broken
revision = 1
[repeat]
count = 100
[registers]
in{i}.pulse-count = 60000+100*i u32
