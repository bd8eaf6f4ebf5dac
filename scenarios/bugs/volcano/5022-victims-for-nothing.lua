-- Victims are evicted for somebody who then does not fit, and die for nothing, again and again.
-- volcano#5022, #5026: what fails late takes back the preemptor, and not the evictions.
-- Verdicts: strict EVA EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA EXPECT
local bug = param("bug", true, "victims are evicted before it is known that they are enough")
scheduler("../../schedulers/statement.lua", { bug = bug and "evict_before_it_fits" or "none", preempt = true })

cluster { executors = 4, cores = 1 }
local low = job "low" { barrier_stage "fit" { tasks = 2, program = program { compute "20s", barrier() } } }
local same = job "same" { barrier_stage "fit" { tasks = 2, program = program { compute "30s", barrier() } }, priority = 5 }
local high = job "high" { barrier_stage "fit" { tasks = 4, program = compute "5s" }, priority = 5, submit = "3s" }
expect { same:succeeds(), high:succeeds(), low:succeeds { attempts = 1 } }
