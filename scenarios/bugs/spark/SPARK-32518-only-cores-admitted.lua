-- SPARK-32518 (mended in 3.1): a gang that needs more GPUs than there are hangs.
-- Symptom: the job is admitted and never launched.
-- Cause: admission counted cores, and nothing else.
-- Look at: one GPU, two tasks that need one each.
-- Verdicts: strict pass; spark pass; spark admission_of=cores_only PRG

settings { admission_interval = "1s", admission_failures = 1 }
cluster { executors = 1, cores = 2, gpus = 1 }
local job = job "train" { barrier_stage "fit" { tasks = 2, cores = 1, gpus = 1, program = program { compute "1s", barrier() } } }

expect { job:fails("slots") }
