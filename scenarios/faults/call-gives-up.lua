-- One task is slow, and another would wait for it no longer than ten seconds.
-- See: the round fails for everybody when the first caller's own limit is over, with the name of the one whose it was and of those
-- who had not come; the gang starts again from its checkpoint.
-- Verdicts: strict pass; spark EXPECT
-- Policy: strict.
-- Question: why does the round not fail ten seconds after its first call?
-- Change: --set reply=poll_1s, where a call cannot say how long it waits (B-86): then the gang waits for the slow one.

policy "strict"
cluster { executors = 2, cores = 2 }
local step = program { compute "1s", on_rank(1, 1, compute "2s", barrier { within = "10s" }), on_rank(0, 0, barrier()),
                       on_rank(2, 3, barrier { within = "30s" }), checkpoint() }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(3, step) } }
when(train:enters_epoch(1)) { straggle(train:rank(3), "40s") }

expect {
    train:succeeds { within = "5m", attempts = 2 },
    sometimes("somebody would wait no longer", record("note", { job = train, rank = 1 })),
    sometimes("one was missing", record("note", { job = train, rank = 3 })),
}
