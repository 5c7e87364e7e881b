[profile]
id = x
name = X
revision = 1
[facts]
serial = 754 u32
[registers]
energy-active-import.total = 5352 f32 slow slot | 19068 f32 | 7 u32 fn=4
