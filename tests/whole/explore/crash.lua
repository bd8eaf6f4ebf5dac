-- A machine loses power at any point; another is there.
local c = cluster { executors = 3, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
anytime { crash(c.executor[0]) }
expect { fit:succeeds { attempts = { at_most = 2 } } }
