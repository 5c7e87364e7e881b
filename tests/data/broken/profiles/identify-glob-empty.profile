# expect: 9: [identify] name: expected ~GLOB or ~"GLOB"
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-glob-empty
name = Broken
revision = 1
[identify]
name = 754 text8 ~"" score=10
