# expect: 5: [profile] id: 'Bad-Id': an id has a-z, 0-9 and '-', and begins with no '-'
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = Bad-Id
name = Broken
revision = 1
