# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = siemens-pac2200
name = Siemens SENTRON PAC2200
revision = 3
inherits = siemens-pac3200
source = Siemens, SENTRON PAC2200 manual: Modbus measured variables, as mbmd and node-red-contrib-siemens-sentron use them

[identify]
order-number = 64002 text10 ~"7KM2200*" score=70

# Its frequency is at 55, as in the PAC3200; mbmd reads 46, in the middle of another value.
[registers]
current.n = 71 f32
