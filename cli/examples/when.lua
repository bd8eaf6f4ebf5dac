-- Shows: when, enters_epoch, starts, straggle
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "200ms", barrier()) } }
when(fit:enters_epoch(2)) { kill(fit:rank(1)), after = "50ms" }
when(fit:starts { rank = 0, attempt = 1 }) { straggle(fit:rank(2), "3s") }
expect { fit:succeeds { attempts = 2 } }
