-- A task of a gang ends well in the middle, without a word.
-- See: whoever comes to the barrier after it is told that it will not come; so are those who wait there already, at once. Each time
-- the gang starts again.
-- Verdicts: strict pass; strict member_exit=silent PRG; spark PRG RST
-- Policy: strict. Try --set member_exit=silent: they wait for a year.
-- Question: why is an exit with status 0 a failure here?
-- Change: let it quit in the last epoch, after the last barrier.

policy "strict"
settings { exclude_failures = 0 }
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:enters_epoch(2)) { quit(train:rank(2)), after = "500ms" }
-- The second time the others wait for it when it goes.
when(train:enters_epoch(2, { attempt = 1 })) { straggle(train:rank(2), "1m") }
when(train:enters_epoch(2, { attempt = 1 })) { quit(train:rank(2)), after = "5s" }

expect { train:succeeds { within = "30s", attempts = 3 } }
