-- The head of the queue does not fit, and in each cycle somebody is evicted for it all the same; a smaller job behind it that would fit
-- is never looked at, and whoever was evicted has its slot again.
-- kueue#6947: a workload that cannot be placed reclaims in each cycle, and blocks the queue.
-- Verdicts: strict EVA EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA EXPECT
local bug = param("bug", true, "the head reclaims though it will not fit, and those behind it wait")
scheduler("../../schedulers/statement.lua", { bug = bug and "head_reclaims" or "none", preempt = true })

cluster { executors = 4, cores = 1 }
local long = job "long" { stage "run" { tasks = 1, program = compute "30s" }, priority = 5 }
local lent = job "lent" { stage "run" { tasks = 1, program = compute "60s" } }
local four = job "four" { barrier_stage "fit" { tasks = 4, program = compute "5s" }, priority = 5, submit = "2s" }
local three = job "three" { barrier_stage "fit" { tasks = 3, program = compute "5s" }, priority = 5, submit = "3s" }
expect { long:succeeds(), lent:succeeds(), four:succeeds(), three:succeeds { within = "10s" } }
