# expect: 9: [limits] register: unknown key; did you mean 'registers'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = limit-unknown
name = Broken
revision = 1
[limits]
register = 100
