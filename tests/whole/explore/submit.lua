-- The second gang comes at any point of the first.
cluster { executors = 2, cores = 1 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
local b = job "b" { barrier_stage "fit" { tasks = 1, program = program { compute "1s", barrier() } } }
anytime { submit(b) }
