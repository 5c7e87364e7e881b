# expect: 9: [clock] read: fact 'variant' is not in [facts]
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-fact
name = Broken
revision = 1
[clock]
read = 4 epoch32 @variant=P
