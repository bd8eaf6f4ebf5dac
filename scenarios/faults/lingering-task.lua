-- A task takes long to be gone after it was told to end.
-- See: its slot is not free before it is. The gang is not started again beside its own remains.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict.
-- Question: does the driver wait for the task, or for its machine's word?
-- Change: linger for longer than kill_grace, and it is forced.

policy "strict"
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:starts { rank = 3, attempt = 0 }) { linger(train:rank(3), "5s") }
when(train:enters_epoch(2)) { kill(train:rank(0)) }

expect { train:succeeds { within = "2m", attempts = 2 } }
