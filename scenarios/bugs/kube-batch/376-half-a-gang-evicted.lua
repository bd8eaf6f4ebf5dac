-- A gang of a higher priority takes as many slots as it lacks, out of the middle of another gang, which is half dead from then on.
-- kube-batch#376: the victims are tasks, and nobody looks whose.
-- Verdicts: strict EVA
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA
local bug = param("bug", true, "victims are single tasks, of gangs, too")
scheduler("../../schedulers/statement.lua", { bug = bug and "evict_part" or "none", preempt = true })

cluster { executors = 4, cores = 1 }
local low = job "low" { barrier_stage "fit" { tasks = 4, program = program { compute "20s", barrier() } } }
local high = job "high" { barrier_stage "fit" { tasks = 2, program = compute "5s" }, priority = 5, submit = "3s" }
expect { low:succeeds(), high:succeeds { within = "10s" } }
