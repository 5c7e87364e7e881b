# expect: 8: [profile] inherits: there is no profile 'nobody'
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = inherits-unknown
name = Broken
revision = 1
inherits = nobody
