-- Expects what does not happen: a run that fails, with status 1.
cluster { executors = 1, cores = 1 }
local j = job "j" { stage "s" { tasks = 1, program = program { compute "1s" } } }
expect { j:fails() }
