# expect: 9: [write] clock: it has to be read back: there is no [clock] read
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = write-not-read
name = Broken
revision = 1
[write]
clock = 20003 2 1577836800..4294967295
