# expect: 9: [repeat] count: '257': expected an integer 1..256
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = count-too-large
name = Broken
revision = 1
[repeat]
count = 257
