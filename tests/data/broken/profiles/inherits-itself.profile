# expect: 8: [profile] inherits: a profile cannot inherit from itself
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = inherits-itself
name = Broken
revision = 1
inherits = inherits-itself
