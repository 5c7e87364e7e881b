# expect: 9: [limits] holes: '505-500': expected registers as 500-505
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = range-bad
name = Broken
revision = 1
[limits]
holes = 505-500
