-- Answer to lesson 4: the fifth slot comes too late.
-- Base: --param late=true
-- Check: same job stage op dist :: The gang is to stay as it is; only the time of the third machine changes.
-- Check: same set :: The driver's patience is to stay as it is: admission_interval and admission_failures.
-- Check: has executor 2 :: The third machine must still come at some time; set the parameter's default to true.
-- Check: fails fit slots :: The gang still gets its slot in time. When is the last check?
-- Check: verdict EXPECT :: Leave the promises as they are: that they are broken is what is to be seen.
-- Answer: the first check is at the submission, and three more follow, 5 s apart: what has come by 15 s is counted.
-- Verdicts: strict EXPECT; spark EXPECT

local late = param("late", true, "one more executor arrives while the driver still retries")
local gang = param("barrier", true, "a gang; false makes it five tasks that do not need each other")
policy "strict"

if late then
    cluster { { executors = 2, cores = 2 }, { executors = 1, cores = 2, arrive = "16s" } }
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
