# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = abb-a43
name = ABB A43, A44, A41
revision = 1
inherits = abb-b23
source = ABB, A43/A44 user manual 2CMC48001M0201 rev. C: communication with Modbus, mapping tables, the same as those of the B series

[identify]
model = 0x8960 text6 ~"A4*" score=80
