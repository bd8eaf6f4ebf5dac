-- A gang, and nothing that goes wrong.
cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = loop(2, compute "1s", barrier()) } }
expect { fit:succeeds { attempts = 1 } }
