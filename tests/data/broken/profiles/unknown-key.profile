# expect: 7: [profile] revison: unknown key; did you mean 'revision'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = unknown-key
name = Broken
revison = 1
