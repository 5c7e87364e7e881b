# expect: 8: [family]: there is no family in [profile] that could read this
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = family-missing
name = Broken
revision = 1
[family]
key = value
