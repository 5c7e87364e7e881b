# SPDX-License-Identifier: LGPL-2.1-or-later
# Its own list, 2.061.029.1, has energies as doubles, on pages that were not available: the floats of
# the common block are read. 19054 to 19058 and 19086 to 19090 are not there on every device.

[profile]
id = umg96-pa
name = Janitza UMG 96-PA
revision = 1
inherits = janitza-common
source = the vendor's integration ha-janitza-modbus (common block on the UMG 96-PA)

# Perhaps the serial number, as in the UMG 103-CBM: nothing depends on it.
[facts]
serial-candidate = 911 u32 unconfirmed
firmware-candidate = 913 u16 unconfirmed

# Nothing sure tells it from another meter with the common block: it has to be named by hand.
[identify]
frequency =
voltage =
