# expect: 9: control character 0x02
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = control-character
name = Broken
revision = 1
[registers]
voltage.l1-n = 0 f32 
