# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = prodata2
name = Janitza ProData 2
revision = 2
family = prodata2
source = Janitza Modbus address list 1.049.015.3 (German) and 1.049.016.4 (English), ProData 2; user manual, ProData 2

[repeat]
count = 15

[limits]
registers = 125
functions = 3;4

[facts]
serial = 100 u32
firmware = 157 u16
name = 1712 text32
# 256 bytes in the device; one request carries 250
description = 1744 text125
# 0 slave, 1 master: then it is a gateway and no slave on its serial line
rs485-mode = 3 u16
# 0 off, 1 listens, 2 asks
ntp-mode = 13 u16
# which tariffs count: 0 or 1
tariff-1 = 1700 u16
tariff-2 = 1701 u16
tariff-3 = 1702 u16
tariff-4 = 1703 u16
tariff-5 = 1704 u16
tariff-6 = 1705 u16
tariff-7 = 1706 u16
tariff-8 = 1707 u16
input-name = 200+16*i text16
input-unit = 440+16*i text16
input-description = 700+32*i text32
input-scale = 1872+2*i f32
# averaging interval, seconds
input-interval = 1910+1*i u16
model = family
# good, low or empty: then the clock may have stopped
battery = family
gateway = family
# unit of the value in the averaging interval, of each input
rate-unit = family

# The device is called by type and serial as delivered, but may be renamed: then serial and a scale
# factor of its first input are all that is left.
[identify]
name = 1712 text32 ~"*ProData*" score=60
serial = 100 u32 1..4294967294 score=15
scale = 1872 f32 0.000000001..1000000000 score=10

# One request of 58 registers live; counts and values are two at the slow pace and at slots.
[registers]
in{i+1}.pulse-rate = 4883+2*i f32 unit=@rate-unit
in{i+1}.input-state = 4926+1*i u16
in{i+1}.pulse-count = 2000+4*i i64 slot
# count x scale factor, as the device works it out
in{i+1}.pulse-value = 2090+4*i f64 unit=@input-unit slot
# bit 0 empty, bit 1 nearly empty; the fact is read from here too
battery-state = 4942 u16 bits=0-1 slow
# only those that are active are read
in{i+1}.pulse-count.t1 = 2240+4*i i64 slow
in{i+1}.pulse-count.t2 = 2300+4*i i64 slow
in{i+1}.pulse-count.t3 = 2360+4*i i64 slow
in{i+1}.pulse-count.t4 = 2420+4*i i64 slow
in{i+1}.pulse-count.t5 = 2480+4*i i64 slow
in{i+1}.pulse-count.t6 = 2540+4*i i64 slow
in{i+1}.pulse-count.t7 = 2600+4*i i64 slow
in{i+1}.pulse-count.t8 = 2660+4*i i64 slow
in{i+1}.pulse-value.t1 = 2960+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t2 = 3020+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t3 = 3080+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t4 = 3140+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t5 = 3200+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t6 = 3260+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t7 = 3320+4*i f64 unit=@input-unit slow
in{i+1}.pulse-value.t8 = 3380+4*i f64 unit=@input-unit slow

# The vendor's list leaves open whether it can be written, so it is not: nothing of this device is.
[clock]
read = 0 epoch32
