# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = eastron-sdm230
name = Eastron SDM230-Modbus
revision = 1
inherits = eastron-sdm120
source = Eastron, SDM230-Modbus protocol V1.2: input registers 30001 to 30345

# The code is not from a document that we have: a guess.
[identify]
code = 0xFC02 u16 fn=3 43 score=20
