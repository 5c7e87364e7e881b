# expect: 9: [limits] timeout: '500': expected a duration 10ms..1min with its unit: us ms s min h d
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = timeout-no-unit
name = Broken
revision = 1
[limits]
timeout = 500
