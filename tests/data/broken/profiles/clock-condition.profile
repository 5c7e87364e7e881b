# expect: 9: [clock] read: expected @FACT=VALUE,VALUE
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-condition
name = Broken
revision = 1
[clock]
read = 4 epoch32 @variant
