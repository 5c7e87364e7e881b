# expect: 9: [clock] read: slow has no meaning here
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-word
name = Broken
revision = 1
[clock]
read = 4 epoch32 slow
