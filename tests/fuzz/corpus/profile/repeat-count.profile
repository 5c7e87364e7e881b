[profile]
id = x
name = X
revision = 1
[facts]
u = 440+16*i text16
[repeat]
count = 15
[registers]
in{i+1}.pulse-count = 2000+4*i i64 slot
in{i+1}.pulse-value = 2090+4*i f64 unit=@u slow
