-- Placeholders may wait a quarter of an hour for the rest of their gang. The scheduler is restarted after 14 minutes, and they may wait
-- a quarter of an hour again.
-- YUNIKORN-1155: a restart finds the placeholders and takes them for new ones.
-- See: `other` would fit the slots that `wide` holds, and gets them at minute 29. When a placeholder was placed is known of it:
-- counted from then, the time is up at minute 15.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass; strict --param restart=0s pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "a restart starts the placeholders' clock anew")
local restart = param("restart", "14m", "when the scheduler is restarted; 0s is never")
scheduler("../../schedulers/placeholders.lua",
    { bug = bug and "clock_anew" or "none", restart = restart, timeout = "15m", style = "hard", quota = 8 })

cluster { executors = 4, cores = 2 }
local busy = job "busy" { barrier_stage "fit" { tasks = 4, program = program { compute "1h", barrier() } } }
local wide = job "wide" { barrier_stage "fit" { tasks = 6, program = compute "5s" } }
local other = job "other" { barrier_stage "fit" { tasks = 4, program = compute "5s" }, submit = "1m" }
expect { busy:succeeds(), wide:fails "given-up", other:succeeds { within = "15m" } }
