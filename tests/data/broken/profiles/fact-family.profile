# expect: 9: [facts] variant: there is no family in [profile] that could fill it
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-family
name = Broken
revision = 1
[facts]
variant = family
