# expect: 7: [profile] revision: '0': expected an integer 1..1000000
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = revision-zero
name = Broken
revision = 0
