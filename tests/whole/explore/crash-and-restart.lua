-- It may be back at any point, too.
local c = cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
anytime { crash(c.executor[1]), restart(c.executor[1]) }
expect { fit:succeeds() }
