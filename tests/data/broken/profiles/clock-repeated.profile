# expect: 9: [clock] read: a clock cannot be repeated
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-repeated
name = Broken
revision = 1
[clock]
read = 4+2*i epoch32
