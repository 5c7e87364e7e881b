# expect: 9: [clock] read: order= needs y m d h n (minute) and s, in the order of the registers
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-order-short
name = Broken
revision = 1
[clock]
read = 512 date order=ymd
