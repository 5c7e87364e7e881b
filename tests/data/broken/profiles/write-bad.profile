# expect: 9: [write] clock: expected ADDR COUNT MIN..MAX [@FACT=VALUE,VALUE] with 1 or 2 registers
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = write-bad
name = Broken
revision = 1
[write]
clock = 20003 2
