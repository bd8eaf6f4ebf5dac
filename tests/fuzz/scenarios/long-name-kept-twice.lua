-- A task of a gang ends well in the middle, without a word.
-- See: those who wait for it are told at once that it will not come; the gang starts again.
-- Verdicts: strict pass; strict member_exit=silent PRG; spark PRG RST
-- Policy: strict. Try --set member_exit=silent: they wait for a year.
-- Question: why is an exit with status 0 a failure here?
-- Change: let it quit in the last epoch, after the last barrier.

policy "strict"
cluster { executors = 2, cores = 2 }
local train = job "trPolicy: strict. Try --set member_exit=silent: they wait for a year.ain" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:enters_epoch(2)) { quit(train:rank(2)), after = "500ms" }

expect { train:succeeds { within = "2m", attempts = 2 } }
