# expect: 9: [clock] read: expected month=0, with the format date
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-month
name = Broken
revision = 1
[clock]
read = 512 date order=ymdhns month=1
