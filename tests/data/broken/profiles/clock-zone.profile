# expect: 9: [clock] read: expected zone=utc, zone=local or zone=unknown
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-zone
name = Broken
revision = 1
[clock]
read = 4 epoch32 zone=CET
