-- Goes on until somebody stops it: for tests of Ctrl-C.
cluster { executors = 4, cores = 4 }
local step = program { compute { "1ms", "2ms" }, barrier() }
job "endless" { barrier_stage "fit" { tasks = 16, program = program { loop(100000000, step) } } }
