# expect: 8: [register]: unknown group; did you mean [registers]?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-group
name = Broken
revision = 1
[register]
voltage.l1-n = 0 f32
