# expect: 9: [repeat] over: 'modules' has to be a fact of [facts] that is not repeated
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = over-unknown
name = Broken
revision = 1
[repeat]
over = @modules
