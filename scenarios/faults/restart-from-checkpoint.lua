-- A gang that fails late starts again where all of it had reported to be.
-- See: 40 of 60 rounds are done when a task is killed; the second attempt begins at the last checkpoint of all ranks.
-- Verdicts: strict pass; strict restart_from=start RST EXPECT; spark RST EXPECT
-- Policy: strict. Try --set restart_from=start.
-- Question: which checkpoint is the last common one, if one rank had reported one more?
-- Change: checkpoint only every ten rounds.

policy "strict"
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(60, compute "1s", barrier(), checkpoint()) } }
when(train:enters_epoch(40)) { kill(train:rank(1)), after = "500ms" }

expect { train:succeeds { within = "70s", attempts = 2 } }
