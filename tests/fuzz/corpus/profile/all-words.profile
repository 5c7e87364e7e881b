[profile]
id = x
name = X
revision = 1
family = f
[limits]
registers = 60
functions = 4;3
units = 1;2
timeout = 250ms
stateful = 500-505;4:7
holes = 9
unit-echo = any
tid-echo = no
[facts]
serial = 754 u32
ct = 10 f32
units = 20 text4
v = family
[registers]
voltage.l1-n = 0 u16 *0.1 missing=0xffff fn=4
current.l1 = 1 u32 scale=@ct words=low-first bytes=swapped slow
pulse-value = 3 f64 unit=@units slot
input-state = 30 u16 bits=0-3
frequency = 600 text4 raw
[identify]
a = 754 u32 1..10 score=4
b = 100 text8 ~"A *" score=9
[write]
clock = 4 2 0..99 @v=P,C
[family]
k = v
