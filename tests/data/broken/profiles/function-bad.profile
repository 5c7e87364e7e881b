# expect: 9: [registers] voltage.l1-n: function is neither 3 nor 4
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = function-bad
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 u32 fn=1
