-- A gang of four has room for one task and victims for the other three, and never starts.
-- volcano#5131: a task that fits as it is needs no victim and is left out of the preemption, which then has three tasks of four: not a
-- gang, so it is discarded, in each session again.
-- See: nobody is evicted. Fill the free slot (--param free=0) and the gang that has less room starts at once.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass; strict --param free=0 pass
-- Verdicts: spark EXPECT
-- Question: why does the gang with less room start earlier?
local bug = param("bug", true, "tasks that fit are not counted when a preemption is committed")
local free = param("free", 1, "slots that are free when the gang comes", { min = 0, max = 1 })
scheduler("../../schedulers/statement.lua", { bug = bug and "leaves_out" or "none", preempt = true })

cluster { executors = 4, cores = 1 }
local low = job "low" { stage "run" { tasks = 4 - free, program = compute "1h" } }
local high = job "high" { barrier_stage "fit" { tasks = 4, program = program { compute "5s", barrier() } }, priority = 5, submit = "3s" }
expect { high:succeeds { within = "10s" }, low:succeeds() }
