# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = cg-em24
name = Carlo Gavazzi EM24-DIN (RS485)
revision = 1
source = Carlo Gavazzi, EM24-DIN communication protocol (ccontrols.com, CarloGavazziEM24.pdf); model codes and the total at 0x3E as in victronenergy/dbus-cgwacs

[limits]
# eleven words, says the protocol
registers = 11
functions = 4;3

[facts]
model-code = 0x000B u16
serial = 0x5000 text7

[identify]
model = 0x000B u16 71..73 score=60

# 32 bits, the low word first.
[registers]
voltage.l1-n = 0x0000 i32 words=low-first *0.1
voltage.l2-n = 0x0002 i32 words=low-first *0.1
voltage.l3-n = 0x0004 i32 words=low-first *0.1
current.l1 = 0x000C i32 words=low-first *0.001
current.l2 = 0x000E i32 words=low-first *0.001
current.l3 = 0x0010 i32 words=low-first *0.001
power-active.l1 = 0x0012 i32 words=low-first *0.1
power-active.l2 = 0x0014 i32 words=low-first *0.1
power-active.l3 = 0x0016 i32 words=low-first *0.1
power-active.total = 0x0028 i32 words=low-first *0.1
power-factor.l1 = 0x0032 i16 *0.001
power-factor.l2 = 0x0033 i16 *0.001
power-factor.l3 = 0x0034 i16 *0.001
power-factor.total = 0x0035 i16 *0.001
frequency = 0x0037 u16 *0.1
# 0.1 kWh in the meter. 0x3E is the total; 0x42, which others read, is the partial counter and can be
# reset. Export is counted only in application H, which is set at the meter.
energy-active-import.total = 0x003E i32 words=low-first *100 slow slot
energy-active-import.l1 = 0x0046 i32 words=low-first *100 slow
energy-active-import.l2 = 0x0048 i32 words=low-first *100 slow
energy-active-import.l3 = 0x004A i32 words=low-first *100 slow
energy-active-export.total = 0x005C i32 words=low-first *100 slow slot
