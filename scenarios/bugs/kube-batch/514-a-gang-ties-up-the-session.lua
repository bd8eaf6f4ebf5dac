-- A gang that cannot be placed now is taken back, and the session goes on as if its slots were used: nothing behind it runs.
-- kube-batch#514, #561.
-- Verdicts: strict STV EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark STV EXPECT
local bug = param("bug", true, "what is discarded is not given back to the session")
scheduler("../../schedulers/statement.lua", { bug = bug and "keep_discarded" or "none" })

cluster { executors = 10, cores = 1 }
local long = job "long" { barrier_stage "fit" { tasks = 4, program = compute "60s" } }
local wide = job "wide" { barrier_stage "fit" { tasks = 8, program = compute "5s" }, submit = "1s" }
local small = job "small" { barrier_stage "fit" { tasks = 3, program = compute "5s" }, submit = "2s" }
limits { wait = "5s" }
expect { long:succeeds(), wide:succeeds(), small:succeeds { within = "10s" } }
