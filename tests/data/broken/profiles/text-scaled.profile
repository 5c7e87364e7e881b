# expect: 9: [facts] name: text cannot be scaled
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = text-scaled
name = Broken
revision = 1
[facts]
name = 0 text4 *10
