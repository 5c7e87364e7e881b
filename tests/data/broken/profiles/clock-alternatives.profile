# expect: 9: [clock] read: too many alternatives
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-alternatives
name = Broken
revision = 1
[clock]
read = 4 epoch32 | 4 epoch32 | 4 epoch32 | 4 epoch32 | 4 epoch32 | 4 epoch32 | 4 epoch32 | 4 epoch32 | 4 epoch32
