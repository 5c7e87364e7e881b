# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = eastron-sdm220
name = Eastron SDM220-Modbus
revision = 1
inherits = eastron-sdm120
source = Eastron, SDM220-Modbus user manual (SDM220StandardDE): Modbus protocol, input registers

[facts]
meter-code =

# Nothing sure tells it from an eastron-sdm120 or eastron-sdm230: it has to be named by hand.
[identify]
frequency =
code =
