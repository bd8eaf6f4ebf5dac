-- Shows: refuse
local c = cluster { executors = 2, cores = 2 }
local work = program { compute "500ms", all_reduce "10MiB", barrier() }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(6, work) } }
-- The driver hears both machines, but for two seconds they do not take each other's connections.
at "2s" { refuse(c.executor[0], { to = c.executor[1], lasts = "2s" }) }
expect { fit:succeeds { attempts = { at_most = 20 } } }
