-- Single tasks wait for two slots that are free, behind a gang that needs all four.
-- See: what the head of the queue keeps free is used by nobody for a minute, and the limit says that half of one is too long (STV-2).
-- Verdicts: strict STV; strict blocked_head=skip pass; spark pass
-- Verdicts: strict --param long=20s pass
-- Policy: strict blocks the queue behind a gang that does not fit now. --set blocked_head=skip lets the tasks go.
-- Question: what would have to be known of the tasks for both to be served, the gang in time and they before it?
-- Change: --param long=20s.

local long = param("long", "60s", "how long the two tasks run that the gang waits for")
policy "strict"

cluster { executors = 4, cores = 1 }
local load = job "load" { stage "run" { tasks = 2, program = compute(long) } }
local wide = job "wide" { barrier_stage "fit" { tasks = 4, program = program { compute "5s", barrier() } }, submit = "1s" }
local small = job "small" { stage "run" { tasks = 4, program = compute "5s" }, submit = "2s" }

limits { wait = "30s" }
expect { load:succeeds(), wide:succeeds(), small:succeeds() }
