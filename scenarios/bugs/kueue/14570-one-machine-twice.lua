-- Two queues are admitted in one cycle by one snapshot, and both are given the same machine.
-- kueue#14570: an assignment is not counted before the next of the same cycle is made.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "all of a cycle are placed by one snapshot")
scheduler("../../schedulers/quota.lua", { bug = bug and "one_snapshot" or "none", quota = 16 })

cluster { executors = 2, cores = 8 }
local function gang(name) return job(name) { barrier_stage "fit" { tasks = 1, cores = 8, program = compute "5s" } } end
local a, b = gang "a", gang "b"
expect { a:succeeds(), b:succeeds { within = "6s" }, never("slots that are not there", record("reserve-nack")) }
