# expect: 9: [registers] voltage.l1-n: raw needs a family in [profile] whose code decodes it
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = raw-without-family
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 raw
