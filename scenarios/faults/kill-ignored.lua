-- A task does not end when it is asked to.
-- See: after the grace it is forced, and only when its slot is free does the gang start again: two attempts never overlap.
-- Verdicts: strict pass; strict kill=cooperative PRG; spark BAR PRG
-- Policy: strict. Try --set kill=cooperative: nobody forces it, and the gang waits for its slot for ever.
-- Question: how long is the gang held up, and by which setting?
-- Change: kill_grace = "1s".

policy "strict"
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:starts { rank = 3, attempt = 0 }) { ignore_kill(train:rank(3)) }
when(train:enters_epoch(2)) { straggle(train:rank(3), "1h"), kill(train:rank(0)) }

expect { train:succeeds { within = "20s" } }
