-- The quota has room and so has the sum of what is free, but no machine has: admitted, and never placed.
-- kueue#1476: admission counts over all machines what must fit into one.
-- Verdicts: strict CAP EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "placement goes by the sum of what is free")
scheduler("../../schedulers/quota.lua", { bug = bug and "sum" or "none", quota = 24 })

cluster { executors = 3, cores = 8 }
local small = job "small" { barrier_stage "fit" { tasks = 3, cores = 1, program = compute "20s" } }
local wide = job "wide" { barrier_stage "fit" { tasks = 2, cores = 8, program = compute "5s" }, submit = "1s" }
expect { small:succeeds(), wide:succeeds { within = "10s" }, never("slots that are not there", record("reserve-nack")) }
