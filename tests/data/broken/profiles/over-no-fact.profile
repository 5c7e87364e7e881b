# expect: 9: [repeat] over: 'modules': expected @FACT
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = over-no-fact
name = Broken
revision = 1
[repeat]
over = modules
