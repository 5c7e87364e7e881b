# expect: 9: [registers] voltage.l1-n: unknown word 'slwo'; did you mean 'slow'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-word
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 slwo
