-- A gang asks for more than its queue may ever have, and waits for placeholders that will never come.
-- YUNIKORN-520: what is asked for is not compared with the quota.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark PRG
local bug = param("bug", true, "what is asked for is not compared with the quota")
scheduler("../../schedulers/placeholders.lua", { bug = bug and "waits_for_ever" or "none", quota = 6 })

cluster { executors = 8, cores = 1 }
local wide = job "wide" { barrier_stage "fit" { tasks = 8, program = compute "5s" } }
local fits = job "fits" { barrier_stage "fit" { tasks = 6, program = compute "5s" } }
expect { fits:succeeds(), wide:fails "given-up" }
