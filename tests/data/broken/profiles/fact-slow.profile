# expect: 9: [facts] serial: slow has no meaning here
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-slow
name = Broken
revision = 1
[facts]
serial = 0 u32 slow
