# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = umg801
name = Janitza UMG 801
revision = 1
family = umg801
inherits = janitza-common
source = Janitza, Home Assistant integration (ha-janitza-modbus 0.4.0): ids, module table, groups; VenusOS-Janitza 0.8: base groups 2 and 3, energies by direction. Details in the README

[facts]
name = 4100 text32
firmware = 4132 text32
# these two are read by drivers in the field, the vendor's own software does not use them
hardware = 4164 u64 unconfirmed
product = 4170 u64 unconfirmed
serial = 4174 u64
model = family
# what sits in the slots: "1 CT8-A, 2 DI14, 4 CT24-LP (absent)"
modules = family
# MODULE-NAME.SLOT
module-name = family
# current groups that can be read, the first of the base device not counted
groups = family
# current groups of modules that the device has no registers for
groups-left-out = family

[limits]
# the vendor's software has 2 preset, drivers in the field use 1
units = 2;1

[identify]
firmware = 4132 text32 ~"?*.?*" score=30
# from one driver in the field; perhaps not that of every UMG 801
product = 4170 u64 2001299945 score=40

# Groups as the device counts them: 2 and 3 are those of the base device, 4 and up belong to the
# active modules in the order of their slots. The plugin calls the latter m<slot>g<group>.
# They have no voltages of their own.
[repeat]
count = 22
over = @groups

[registers]
# the fourth current is measured here
current.n-calc =
current.l4 = 19018 f32
g{i+2}.current.l1 = 19200+100*i f32
g{i+2}.current.l2 = 19202+100*i f32
g{i+2}.current.l3 = 19204+100*i f32
g{i+2}.current.l4 = 19206+100*i f32
g{i+2}.power-active.l1 = 19208+100*i f32
g{i+2}.power-active.l2 = 19210+100*i f32
g{i+2}.power-active.l3 = 19212+100*i f32
g{i+2}.power-active.total = 19214+100*i f32
g{i+2}.power-apparent.l1 = 19216+100*i f32
g{i+2}.power-apparent.l2 = 19218+100*i f32
g{i+2}.power-apparent.l3 = 19220+100*i f32
g{i+2}.power-apparent.total = 19222+100*i f32
g{i+2}.power-reactive.l1 = 19224+100*i f32
g{i+2}.power-reactive.l2 = 19226+100*i f32
g{i+2}.power-reactive.l3 = 19228+100*i f32
g{i+2}.power-reactive.total = 19230+100*i f32
g{i+2}.cos-phi.l1 = 19232+100*i f32
g{i+2}.cos-phi.l2 = 19234+100*i f32
g{i+2}.cos-phi.l3 = 19236+100*i f32
# energies are read once a minute and at quarter hours, so that live polling stays short
g{i+2}.energy-active-net.l1 = 19238+100*i f32 slow
g{i+2}.energy-active-net.l2 = 19240+100*i f32 slow
g{i+2}.energy-active-net.l3 = 19242+100*i f32 slow
g{i+2}.energy-active-net.total = 19244+100*i f32 slot
# by direction: from one driver in the field, not confirmed by the vendor
g{i+2}.energy-active-import.l1 = 19246+100*i f32 slow unconfirmed
g{i+2}.energy-active-import.l2 = 19248+100*i f32 slow unconfirmed
g{i+2}.energy-active-import.l3 = 19250+100*i f32 slow unconfirmed
g{i+2}.energy-active-import.total = 19252+100*i f32 slot unconfirmed
g{i+2}.energy-active-export.l1 = 19254+100*i f32 slow unconfirmed
g{i+2}.energy-active-export.l2 = 19256+100*i f32 slow unconfirmed
g{i+2}.energy-active-export.l3 = 19258+100*i f32 slow unconfirmed
g{i+2}.energy-active-export.total = 19260+100*i f32 slot unconfirmed
# what lies between are probably the other energies; nothing public says so: left out
g{i+2}.thd-current.l1 = 19294+100*i f32 slow
g{i+2}.thd-current.l2 = 19296+100*i f32 slow
g{i+2}.thd-current.l3 = 19298+100*i f32 slow

# number in the module table, name, current groups
[family]
module-types = 1 CT8-A 2; 2 DI14 0; 3 CT24-LP 6; 4 CT8-LP 2
