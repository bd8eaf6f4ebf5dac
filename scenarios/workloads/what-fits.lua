-- How many tasks fit is asked of each machine by itself, and of whatever it has least of.
-- See: `wide` has cores for all its tasks and memory for three of them a machine, so it runs in two waves, and no machine is asked
-- for more. What is left over of two machines is no slot: `narrow` needs two cores a task, has three of them on each machine, and
-- is refused, for there never are as many slots as it has tasks.
-- Verdicts: strict pass; spark pass
-- Policy: any.
-- Question: why is `narrow` checked four times before it is refused?
-- Change: give each machine one core more, and `narrow` runs.

policy "strict"
settings { admission_interval = "5s", admission_failures = 3 }
cluster { executors = 2, cores = 3, memory = "16GiB" }
local wide = job "wide" {
    submit = "1s", stage "map" { tasks = 6, memory = "6GiB", program = compute "10s" },
}
local narrow = job "narrow" {
    submit = "30s", barrier_stage "fit" { tasks = 3, cores = 2, program = program { compute "1s", barrier() } },
}

expect { wide:succeeds { within = "30s" }, narrow:fails("slots") }
