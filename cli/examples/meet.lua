-- Shows: meet, all_reduce, exchange
cluster { executors = 2, cores = 2 }
-- No gang for the scheduler, but tasks that need each other: enough slots for all, or nobody gets anywhere.
local together = program { meet("tracker", { tasks = 4, within = "30s" }), compute "1s" }
local boost = job "boost" { stage "boost" { tasks = 4, program = together } }
local work = program { exchange("64MiB", { batch = "1MiB" }), all_reduce "100MiB", barrier() }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(3, work) } }
expect { boost:succeeds(), fit:succeeds() }
