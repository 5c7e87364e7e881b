# expect: [profile] id: the key is missing
# SPDX-License-Identifier: LGPL-2.1-or-later

[registers]
voltage.l1-n = 0 f32
