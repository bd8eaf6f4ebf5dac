-- Goes on for long: a hundred jobs after one another, and a gang that never fits beside the first. For tests of progress.
cluster { executors = 4, cores = 4 }
local step = program { compute { "1ms", "2ms" }, barrier() }
service "holds" { stage "all" { tasks = 1, program = loop(100000000, compute "1s") }, priority = 2 }
for i = 1, 100 do
    job("job" .. i) { barrier_stage "fit" { tasks = 15, program = program { loop(4000, step) } } }
end
job "large" { barrier_stage "fit" { tasks = 16, program = step } , submit = "1ms" }
settings { launch_deadline = "4000d" }
