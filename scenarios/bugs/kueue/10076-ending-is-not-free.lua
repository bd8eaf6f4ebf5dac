-- A task has been told to end and takes its time; its slot counts as free, and the next gang is sent there.
-- kueue#10076: what has ended as far as the queue goes, and still runs as far as the machine goes, frees its capacity early.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark AON
local bug = param("bug", true, "what is ending counts as free")
scheduler("../../schedulers/quota.lua", { bug = bug and "terminating" or "none", quota = 8 })

settings { kill_grace = "60s", release_wait = "90s" }
cluster { executors = 1, cores = 8 }
local old = job "old" { barrier_stage "fit" { tasks = 8, program = program { compute "300s", barrier() } } }
local new = job "new" { barrier_stage "fit" { tasks = 8, program = compute "5s" }, submit = "6s" }
at "4s" { linger(old:rank(3), "30s") }
at "5s" { cancel(old) }
expect { new:succeeds(), never("slots that are not there", record("reserve-nack")) }
