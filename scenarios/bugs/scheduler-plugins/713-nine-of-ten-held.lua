-- Nine of ten tasks hold a slot and wait for the tenth, which does not fit; what is small starves behind them.
-- scheduler-plugins#713: a gang that lacks few enough members keeps what it has.
-- Verdicts: strict STV EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark STV EXPECT
local bug = param("bug", true, "what is held is held without a limit")
scheduler("../../schedulers/permit.lua", { bug = bug and "no_timeout" or "none", timeout = "5s", interleave = false })

cluster { executors = 10, cores = 1 }
local long = job "long" { stage "run" { tasks = 1, program = compute "300s" } }
local gang = job "gang" { barrier_stage "fit" { tasks = 10, program = program { compute "5s", barrier() } }, submit = "1s" }
local single = job "single" { stage "run" { tasks = 4, program = compute "2s" }, submit = "2s" }
limits { wait = "15s" } -- what is held and used by nobody is room
expect { long:succeeds(), gang:succeeds(), single:succeeds { within = "20s" } }
