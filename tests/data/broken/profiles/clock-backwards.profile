# expect: 9: [clock] read: a clock does not run backwards
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-backwards
name = Broken
revision = 1
[clock]
read = 4 i32 *-1
