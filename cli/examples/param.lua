-- Shows: param
local tasks = param("tasks", 4, "how large the gang is", { min = 1, max = 8 })
local faulty = param("faulty", true, "one of its tasks is killed")
cluster { executors = 2, cores = 4 }
local fit = job "fit" { barrier_stage "fit" { tasks = tasks, program = loop(3, compute "1s", barrier()) } }
if faulty then at "2s" { kill(fit:rank(0)) } end
expect { fit:succeeds() }
