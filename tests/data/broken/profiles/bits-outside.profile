# expect: 9: [registers] input-state: bits= lies outside of the format
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = bits-outside
name = Broken
revision = 1
[registers]
input-state = 0 u16 bits=8-16
