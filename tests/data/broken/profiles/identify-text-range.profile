# expect: 9: [identify] name: text is matched by ~GLOB, not by a range
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = identify-text-range
name = Broken
revision = 1
[identify]
name = 754 text8 1..2 score=10
