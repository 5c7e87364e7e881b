# expect: 6: byte 0xff is not UTF-8 text
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = not-text
name = Brÿ
