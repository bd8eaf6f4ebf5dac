cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = loop(2, compute "1s", all_gather "1KiB") } }
anytime { kill(fit:rank(0)) }
expect { fit:succeeds() }
