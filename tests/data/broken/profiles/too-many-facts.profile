# expect: 10: [facts]: 768 facts, at most 256
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = too-many-facts
name = Broken
revision = 1
[repeat]
count = 256
[facts]
a = 0+1*i u16
b = 300+1*i u16
c = 600+1*i u16
