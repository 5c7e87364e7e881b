# expect: 11: [registers] current.l1: fact 'ct-rato' is not in [facts]; did you mean 'ct-ratio'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-fact
name = Broken
revision = 1
[facts]
ct-ratio = 10 f32
[registers]
current.l1 = 0 u16 scale=@ct-rato
