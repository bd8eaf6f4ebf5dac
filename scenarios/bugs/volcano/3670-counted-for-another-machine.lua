-- Many jobs wait for one machine, and a job of a high priority for another machine, which is free, is not let into the queue.
-- volcano#3670: what waits counts as used, in one sum for the whole cluster.
-- Verdicts: strict STV
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark STV
local bug = param("bug", true, "the gate counts who waits, for whatever machine")
scheduler("../../schedulers/quota.lua", { bug = bug and "counts_queued" or "none", quota = 8 })

cluster { { executors = 1, cores = 4, memory = "64GiB" }, { executors = 1, cores = 4, memory = "8GiB" } }
for i = 1, 8 do
    job("low" .. i) { barrier_stage "fit" { tasks = 2, memory = "16GiB", program = compute "20s" } }
end
local high = job "high" {
    barrier_stage "fit" { tasks = 4, memory = "2GiB", program = compute "5s" }, priority = 5, submit = "1s" }

limits { wait = "10s" }
expect { high:succeeds() }
