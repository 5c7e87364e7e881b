# expect: 8: [repeat]: expected count or over
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = repeat-empty
name = Broken
revision = 1
[repeat]
