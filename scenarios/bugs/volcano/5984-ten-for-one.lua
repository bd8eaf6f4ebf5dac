-- One slot is wanted, and the whole bundle of ten is evicted for it.
-- volcano#5984, #5994: victims are taken as bundles, however few of them would do.
-- Verdicts: strict EVA EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA EXPECT
local bug = param("bug", true, "victims are whole bundles")
scheduler("../../schedulers/statement.lua", { bug = bug and "evict_bundle" or "none", preempt = true })

cluster { executors = 11, cores = 1 }
local many = job "many" { stage "run" { tasks = 11, program = compute "20s" } }
local one = job "one" { stage "run" { tasks = 1, program = compute "5s" }, priority = 5, submit = "3s" }
expect { many:succeeds(), one:succeeds { within = "10s" }, never("a second victim", record("killed", { job = many, nth = 2 })) }
