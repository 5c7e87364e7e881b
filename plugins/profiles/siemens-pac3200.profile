# SPDX-License-Identifier: LGPL-2.1-or-later
# Energies are counted for tariff 1 and 2 alone, and no register of a total is known to us for certain: the
# total is the sum of the two, which are recorded as well. A meter that nobody switches counts on tariff 1.
# Reactive and apparent energies, by tariff as well, are left out.

[profile]
id = siemens-pac3200
name = Siemens SENTRON PAC3200
revision = 3
source = Siemens, SENTRON PAC3200 manual: Modbus measured variables, offsets 1 to 70 and 801 to 816

[limits]
functions = 3;4

# Identification and maintenance data; these offsets are not from a document that we have: nothing but a
# guess of the type depends on them, and no exchange is told by the serial number.
[facts]
order-number = 64002 text10 unconfirmed
serial-candidate = 64012 text8 unconfirmed

[identify]
order-number = 64002 text10 ~"7KM2112*" score=70

[registers]
voltage.l1-n = 1 f32
voltage.l2-n = 3 f32
voltage.l3-n = 5 f32
voltage.l1-l2 = 7 f32
voltage.l2-l3 = 9 f32
voltage.l3-l1 = 11 f32
current.l1 = 13 f32
current.l2 = 15 f32
current.l3 = 17 f32
power-apparent.l1 = 19 f32
power-apparent.l2 = 21 f32
power-apparent.l3 = 23 f32
power-active.l1 = 25 f32
power-active.l2 = 27 f32
power-active.l3 = 29 f32
power-reactive.l1 = 31 f32
power-reactive.l2 = 33 f32
power-reactive.l3 = 35 f32
power-factor.l1 = 37 f32
power-factor.l2 = 39 f32
power-factor.l3 = 41 f32
frequency = 55 f32
power-apparent.total = 63 f32
power-active.total = 65 f32
power-reactive.total = 67 f32
power-factor.total = 69 f32
# Wh
energy-active-import.total = 801 f64 sum=2 slow slot
energy-active-export.total = 809 f64 sum=2 slow slot
energy-active-import.total.t1 = 801 f64 slow slot
energy-active-import.total.t2 = 805 f64 slow slot
energy-active-export.total.t1 = 809 f64 slow slot
energy-active-export.total.t2 = 813 f64 slow slot
