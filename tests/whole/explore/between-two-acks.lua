-- One executor is gone, and another process is in its place, while the others still acknowledge.
local c = cluster { executors = 3, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 3, program = program { compute "1s", barrier() } } }
anytime { crash(c.executor[1]), restart(c.executor[1]) }
expect { fit:succeeds() }
