# expect: 11: [facts] serial: a stateful register cannot be read by the survey
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = stateful-fact
name = Broken
revision = 1
[limits]
stateful = 100-110
[facts]
serial = 110 u32
