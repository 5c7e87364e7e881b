# expect: 9: [clock] read: ends past register 65535
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-end
name = Broken
revision = 1
[clock]
read = 65531 date order=ymdhns
