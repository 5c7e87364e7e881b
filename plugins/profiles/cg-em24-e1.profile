# SPDX-License-Identifier: LGPL-2.1-or-later
# The meter measures in both directions only in application H (7 at 0xA000), which is set at the meter:
# nothing is written here.

[profile]
id = cg-em24-e1
name = Carlo Gavazzi EM24 Ethernet (EM24DINAV..XE1)
revision = 1
inherits = cg-em340
source = Carlo Gavazzi, EM24 E1 communication protocol; model codes as in victronenergy/dbus-modbus-client

[facts]
application = 0xA000 u16

[identify]
model = 0x000B u16 1648..1653 score=80

[registers]
power-factor.l1 =
power-factor.l2 =
power-factor.l3 =
power-factor.total =
