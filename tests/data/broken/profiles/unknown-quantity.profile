# expect: 9: [registers] voltag.l1-n: unknown quantity 'voltag', did you mean 'voltage'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-quantity
name = Broken
revision = 1
[registers]
voltag.l1-n = 0 f32
