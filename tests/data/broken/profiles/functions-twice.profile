# expect: 9: [limits] functions: expected 3, 4, 3;4 or 4;3
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = functions-twice
name = Broken
revision = 1
[limits]
functions = 3;3
