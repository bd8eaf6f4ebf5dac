-- Shows: crash_driver
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier()) } }
at "1500ms" { crash_driver "3s" }
expect { fit:succeeds { attempts = 1 } }
