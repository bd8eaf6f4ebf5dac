cluster { executors = 2, cores = 2 }
local a = job "a" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
local b = job "b" { barrier_stage "fit" { tasks = 2, program = program { compute "1s" } } }
expect { a:succeeds(), b:succeeds() }
