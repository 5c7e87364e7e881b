# expect: 9: [write] clock: fact 'variant' is not in [facts]
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = write-unknown-fact
name = Broken
revision = 1
[write]
clock = 20003 2 0..4294967295 @variant=P
