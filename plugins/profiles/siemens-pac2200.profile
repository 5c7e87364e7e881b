# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = siemens-pac2200
name = Siemens SENTRON PAC2200
revision = 1
inherits = siemens-pac3200
source = Siemens, SENTRON PAC2200 manual: Modbus measured variables, as mbmd uses them

[identify]
order-number = 64002 text10 ~"7KM2200*" score=70

# Its frequency is at 46 for one driver in the field and at 55 for the manual of its sister: left out.
[registers]
frequency =
