-- A machine loses power while the gang waits in a barrier.
-- See: five tasks are in barrier(), the sixth still computes when its executor goes dark. Nobody is told. Silence tells
-- the driver; it fences the attempt, wakes the waiters with an error, kills them, and starts the gang elsewhere.
-- Verdicts: strict pass; spark EXPECT or RST EXPECT
-- Policy: strict.
-- Question: where do the 30 s go that pass before anybody does anything?
-- Change: set heartbeat_timeout to 10s and compare the wasted share; then to 3s, and read why that is refused.

policy "strict"
settings { heartbeat = "5s", heartbeat_timeout = "30s" }

-- Three slots each: two executors are enough for the gang, the third is where it can go.
local c = cluster { executors = 3, cores = 3 }

-- Rank 0 is slow, so the others wait for it in every round.
local round = program { compute "1s", on_rank(0, 0, compute "4s"), barrier() }
local solve = job "solve" { barrier_stage "iterate" { tasks = 6, program = loop(4, round, checkpoint()) } }

-- 2 s into the second round ranks 1 to 5 have arrived and rank 0 has not.
when(solve:enters_epoch(1)) { crash(c.executor[0], { for_good = true }), after = "2s" }

expect {
    solve:succeeds { within = "5m", attempts = 2 },
    sometimes("a waiter arrived in the round that broke", record("arrive", { job = solve, attempt = 0, epoch = 1 })),
    never("the broken round is released", record("release", { job = solve, attempt = 0, epoch = 1 })),
    sometimes("silence is noticed", record("lost", { executor = c.executor[0] })),
    never("the new attempt uses the dead machine", record("start", { job = solve, attempt = 1, executor = c.executor[0] })),
}
