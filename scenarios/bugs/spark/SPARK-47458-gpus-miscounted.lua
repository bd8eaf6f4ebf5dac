-- SPARK-47458 (mended in 4.0): slots are miscounted when a task needs more than one GPU.
-- Symptom: a gang of two that needs four GPUs is refused on a machine with four.
-- Cause: addresses were divided by the number of slots an address has, not by the number of addresses a slot needs.
-- Look at: the refusal's numbers.
-- Verdicts: strict pass; spark pass; spark fractions=one_address PRG EXPECT

settings { admission_interval = "1s", admission_failures = 3 }
cluster { executors = 1, cores = 6, gpus = 4 }
local job = job "train" { barrier_stage "fit" { tasks = 2, cores = 1, gpus = 2, program = program { compute "1s", barrier() } } }

expect { job:succeeds { within = "1m" } }
