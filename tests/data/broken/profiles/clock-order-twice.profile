# expect: 9: [clock] read: order= names a field twice
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-order-twice
name = Broken
revision = 1
[clock]
read = 512 date order=yymdhns
