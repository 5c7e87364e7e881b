# expect: 9: [write] clok: unknown key; did you mean 'clock'?
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = write-unknown
name = Broken
revision = 1
[write]
clok = 20003 2 0..4294967295
