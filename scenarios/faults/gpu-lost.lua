-- A GPU dies in the middle of an epoch.
-- See: the task on it dies, the gang is fenced and starts again on GPUs that work, from its checkpoint; the dead address is
-- never used again.
-- Verdicts: strict pass; spark EXPECT or RST EXPECT
-- Policy: strict.
-- Question: how does the driver learn that the machine has one GPU less?
-- Change: take the spare machine away, and read why the job fails.

policy "strict"
settings { admission_interval = "5s", admission_failures = 3 }
local c = cluster { executors = 3, cores = 4, gpus = 2 }
local train = job "train" {
    barrier_stage "fit" { tasks = 4, gpus = 1, program = loop(20, compute "1s", barrier(), checkpoint()) },
}
when(train:enters_epoch(7)) { lose_gpu(c.executor[0], 1), after = "500ms" }

expect { train:succeeds { within = "5m", attempts = 2 } }
