-- For explore.sh: four tasks on two executors of two slots, two barriers; so many of the tasks die, at any point.
local crashes = param("crashes", 1, "tasks that die", { min = 1, max = 4 })
cluster { executors = 2, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(2, compute "1s", barrier()) } }
settings { attempts = param("attempts", 2, "failures after which the job fails", { min = 1, max = 8 }), exclude_failures = 0 }
budget { tasks = crashes }
for rank = 0, 3 do
    anytime { kill(fit:rank(rank)), times = crashes }
end
