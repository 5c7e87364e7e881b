# expect: 9: [clock] read: a date needs order=
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-no-order
name = Broken
revision = 1
[clock]
read = 512 date zone=utc
