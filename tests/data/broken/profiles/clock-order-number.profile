# expect: 9: [clock] read: order= needs the format date
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-order-number
name = Broken
revision = 1
[clock]
read = 4 epoch32 order=ymdhns
