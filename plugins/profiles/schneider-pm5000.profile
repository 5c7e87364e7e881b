# SPDX-License-Identifier: LGPL-2.1-or-later
# The list numbers registers from 1: what it calls 3204 is 3203 here. Power factors are in a format of
# the maker's own and are left out.

[profile]
id = schneider-pm5000
name = Schneider Electric PM5100, PM5300, PM5500
revision = 2
inherits = schneider-iem3000
source = Schneider Electric, PowerLogic PM5000 series: Modbus register list

[identify]
model = 49 text20 ~"*PM5*" score=50

[registers]
power-reactive.l1 = 3061 f32 *1000
power-reactive.l2 = 3063 f32 *1000
power-reactive.l3 = 3065 f32 *1000
power-apparent.l1 = 3069 f32 *1000
power-apparent.l2 = 3071 f32 *1000
power-apparent.l3 = 3073 f32 *1000
energy-active-import.l1 =
energy-active-import.l2 =
energy-active-import.l3 =
