[profile]
id = x
name = X
revision = 1
[facts]
m = 40 text4
[repeat]
over = @m
[registers]
m{i}.power-active = 100+10*i f32
