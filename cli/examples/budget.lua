-- Shows: budget
local c = cluster { executors = 3, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(10, compute "500ms", barrier()) } }
-- Of three machines one may be down at a time. The second crash comes while the first is still down, and does not happen.
budget { machines = 1 }
at "2s" { crash(c.executor[0]) }
at "3s" { crash(c.executor[1]) }
expect { fit:succeeds { attempts = { at_most = 2 } } }
