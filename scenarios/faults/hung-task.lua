-- A task never does anything again, but its process stays.
-- See: nothing dies, so nobody is told. The others wait in barrier() until its timeout says that somebody is missing, and who.
-- Verdicts: strict pass; spark PRG
-- Policy: strict.
-- Question: how would the driver have known sooner?
-- Change: leave sync_timeout at its default of a year, and read the verdict.

policy "strict"
settings { sync_timeout = "20s" }
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:enters_epoch(2)) { hang_task(train:rank(1)), after = "500ms" }

expect { train:succeeds { within = "5m", attempts = 2 } }
