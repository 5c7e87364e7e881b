# expect: 8: [profile] family: '../evil' is no plugin's id
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = family-bad
name = Broken
revision = 1
family = ../evil
