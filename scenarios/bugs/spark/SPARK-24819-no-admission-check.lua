-- SPARK-24819 (mended in 2.4): a gang that is larger than the cluster waits for ever.
-- Symptom: five tasks, four slots, no error.
-- Cause: nobody compared the two numbers.
-- Look at: the refusal after three retries, which names them.
-- Verdicts: strict pass; spark pass; spark admission_check=no PRG

settings { admission_interval = "1s", admission_failures = 3 }
cluster { executors = 2, cores = 2 }
local job = job "train" { barrier_stage "fit" { tasks = 5, program = program { compute "1s", barrier() } } }

expect { job:fails("slots") }
