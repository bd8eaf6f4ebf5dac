-- A task comes to a barrier that has timed out a moment before.
-- See: the round failed for all who waited; whoever comes while the others still clean up is told the same, at once, and waits for
-- nobody.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict. Spark forgets the round (B-123): who comes late waits in a new one, until its attempt ends.
-- Question: the others are gone a second later, and the attempt with them. What would the late one have waited for until then?
-- Change: let it come before the timeout.

policy "strict"
settings { sync_timeout = "10s" }
cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:enters_epoch(2)) { straggle(train:rank(3), "10500ms") }
for rank = 0, 2 do
    when(train:starts { rank = rank, attempt = 0 }) { linger(train:rank(rank), "3s") }
end

expect {
    train:succeeds { within = "1m", attempts = 2 },
    sometimes("the late one is answered", record("round-failed", { job = train, rank = 3, epoch = 2 })),
}
