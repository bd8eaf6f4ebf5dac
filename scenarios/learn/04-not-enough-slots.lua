-- Not enough slots: a gang of five tasks, a cluster of four slots.
-- Learn: what becomes of a gang that does not fit the cluster, and why waiting in silence would be worse than failing.
-- Background: a gang starts whole or not at all, so one that needs more slots than there are can never start. Spark
-- counts the cluster's slots when the job is submitted, again after an interval, and gives up after so many times (rule
-- B-13).
-- See: the gang is not started by halves. The driver checks again and again whether the cluster has grown, a bounded
-- number of times, and then the job fails with a reason that names both numbers.
-- Verdicts: strict pass; strict --param late=true pass; strict --param barrier=false pass; spark pass
-- Verdicts: spark --param late=true pass; spark --param barrier=false pass
-- Policy: strict. Try --param late=true (a fifth slot arrives in time) and --param barrier=false (no gang: the five tasks
-- run in two waves, for nobody needs them all at once).
-- Question: how long may the fifth slot take, with an admission check every 5 s and 3 retries?
-- Change: set arrive to a time after the last check, and see the failure come back.

local late = param("late", false, "one more executor arrives while the driver still retries")
local gang = param("barrier", true, "a gang; false makes it five tasks that do not need each other")
policy "strict"

if late then
    cluster { { executors = 2, cores = 2 }, { executors = 1, cores = 2, arrive = "12s" } }
else
    cluster { executors = 2, cores = 2 }
end
settings { admission_interval = "5s", admission_failures = 3 }

local fit
if gang then
    fit = job "fit" { barrier_stage "fit" { tasks = 5, program = loop(3, compute "1s", barrier()) } }
else
    fit = job "fit" { stage "fit" { tasks = 5, program = loop(3, compute "1s") } }
end

if not gang then
    -- Four tasks, then the fifth: 3 s and 3 s, and a few messages between.
    expect { fit:succeeds { within = "10s" }, sometimes("the fifth task runs", fit:starts { rank = 4 }) }
elseif late then
    expect { fit:succeeds { within = "25s", attempts = 1 }, never("the job is refused", record("refuse", { job = fit })) }
else
    expect { fit:fails("slots"), never("a task of a gang that does not fit starts", fit:starts()) }
end
