# expect: 10: [registers]: 8448 points, at most 8192
# SPDX-License-Identifier: LGPL-2.1-or-later

[profile]
id = too-many-points
name = Broken
revision = 1
[repeat]
count = 256
[registers]
x1{i}.pulse-count = 600+2*i u32
x2{i}.pulse-count = 1200+2*i u32
x3{i}.pulse-count = 1800+2*i u32
x4{i}.pulse-count = 2400+2*i u32
x5{i}.pulse-count = 3000+2*i u32
x6{i}.pulse-count = 3600+2*i u32
x7{i}.pulse-count = 4200+2*i u32
x8{i}.pulse-count = 4800+2*i u32
x9{i}.pulse-count = 5400+2*i u32
x10{i}.pulse-count = 6000+2*i u32
x11{i}.pulse-count = 6600+2*i u32
x12{i}.pulse-count = 7200+2*i u32
x13{i}.pulse-count = 7800+2*i u32
x14{i}.pulse-count = 8400+2*i u32
x15{i}.pulse-count = 9000+2*i u32
x16{i}.pulse-count = 9600+2*i u32
x17{i}.pulse-count = 10200+2*i u32
x18{i}.pulse-count = 10800+2*i u32
x19{i}.pulse-count = 11400+2*i u32
x20{i}.pulse-count = 12000+2*i u32
x21{i}.pulse-count = 12600+2*i u32
x22{i}.pulse-count = 13200+2*i u32
x23{i}.pulse-count = 13800+2*i u32
x24{i}.pulse-count = 14400+2*i u32
x25{i}.pulse-count = 15000+2*i u32
x26{i}.pulse-count = 15600+2*i u32
x27{i}.pulse-count = 16200+2*i u32
x28{i}.pulse-count = 16800+2*i u32
x29{i}.pulse-count = 17400+2*i u32
x30{i}.pulse-count = 18000+2*i u32
x31{i}.pulse-count = 18600+2*i u32
x32{i}.pulse-count = 19200+2*i u32
x33{i}.pulse-count = 19800+2*i u32
