# expect: 9: [limits] units: '256': expected a unit id 0..255
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = units-bad
name = Broken
revision = 1
[limits]
units = 1;256
