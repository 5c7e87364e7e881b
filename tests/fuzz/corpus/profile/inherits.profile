[profile]
id = x
name = X
revision = 1
inherits = parent
[registers]
frequency =
voltage.l1-n = 30 f32
[repeat]
count = 2
