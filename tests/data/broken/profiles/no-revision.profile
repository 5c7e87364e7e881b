# expect: 4: [profile] revision: the key is missing
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = no-revision
name = Broken
