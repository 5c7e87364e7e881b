# expect: 11: [registers] in{j}.pulse-count: expected {i} or {i+N} with N up to 999
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bad-index
name = Broken
revision = 1
[repeat]
count = 2
[registers]
in{j}.pulse-count = 0+2*i u32
