# expect: 13: [registers] pulse-value: fact 'units' is a repeated one, this row is not
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = fact-repeated-unit
name = Broken
revision = 1
[repeat]
count = 2
[facts]
units = 0+2*i text2
[registers]
pulse-value = 100 f32 unit=@units
