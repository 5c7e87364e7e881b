# expect: 9: [facts] name: unknown format 'text126'; did you mean 'text16'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = text-too-long
name = Broken
revision = 1
[facts]
name = 0 text126
