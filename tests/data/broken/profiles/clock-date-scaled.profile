# expect: 9: [clock] read: a date has neither *SCALE nor missing=
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-date-scaled
name = Broken
revision = 1
[clock]
read = 512 date order=ymdhns *2
