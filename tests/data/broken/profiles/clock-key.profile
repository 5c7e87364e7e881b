# expect: 9: [clock] reed: unknown key; did you mean 'read'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = clock-key
name = Broken
revision = 1
[clock]
reed = 4 epoch32
