# expect: 5: [profile] id: 'stem-is-other' differs from the file name's stem 'stem-differs'
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = stem-is-other
name = Broken
revision = 1
