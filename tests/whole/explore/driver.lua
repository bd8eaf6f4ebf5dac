-- The driver's process dies at any point, and is back from its log.
cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s" } } }
anytime { crash_driver "1s" }
expect { fit:succeeds() }
