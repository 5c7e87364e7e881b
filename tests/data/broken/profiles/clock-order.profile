# expect: 9: [clock] read: order= has letters other than y m d h n s x
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-order
name = Broken
revision = 1
[clock]
read = 512 date order=ymdhnz
