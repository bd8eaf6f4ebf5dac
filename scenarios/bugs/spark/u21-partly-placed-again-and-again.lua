-- A gang is found to fit, placed in part, and taken back, round after round (B-64).
-- Symptom: a gang never starts, and nothing says what it lacks.
-- Cause: free slots are counted by one resource alone. Two GPUs are free, but only one core beside them.
-- Look at: what the gang is said to wait for.
-- Verdicts: strict pass; spark TMR EXPECT
-- Try: --policy spark --set capacity_of=all_resources

settings { launch_deadline = "10m" }
cluster { executors = 1, cores = 4, gpus = 2 }
job "busy" { stage "run" { tasks = 1, cores = 3, program = compute "30d" } }
local job = job "train" { submit = "1s", barrier_stage "fit" { tasks = 2, cores = 1, gpus = 1, program = program { compute "1s", barrier() } } }

expect { job:fails("launch-deadline") }
