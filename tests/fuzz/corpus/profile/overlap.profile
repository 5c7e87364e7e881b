[profile]
id = x
name = X
revision = 1
[registers]
voltage.l1-n = 0 f32
voltage.l2-n = 1 f32
