# SPDX-License-Identifier: LGPL-2.1-or-later
# Its own list, 2.064.008.1.g, was not available: serial number and firmware are not known, so its
# identity cannot be proved. A date is said to stand from 6 on, day first, but neither zone nor
# whether January is 0 or 1: left out.

[profile]
id = umg806
name = Janitza UMG 806
revision = 1
inherits = janitza-common
source = the block 19000 to 19121 of the vendor's address lists; used on a UMG 806 behind a UMG 604 by OpenEMS (pull request 3449)

# Nothing tells it from another meter with the common block: it has to be named by hand.
[identify]
frequency =
voltage =

# What OpenEMS reads as totals, 19062 and 19070, is L1 alone by the lists: 19068 and 19076 here.
