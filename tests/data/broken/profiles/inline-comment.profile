# expect: 9: [registers] voltage.l1-n: unknown word '#'; a comment needs a line of its own
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = inline-comment
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 # phase 1
