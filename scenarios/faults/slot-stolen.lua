-- A slot is stolen between the plan and the reservation.
-- See: the driver plans with what it knows. The executor knows better and refuses, with what is truly free; the whole
-- launch is taken back, and no task of it has run.
-- Verdicts: strict pass; strict launch=direct EXPECT; spark RST EXPECT
-- Policy: strict. Try --set launch=direct, which starts at once: part of the gang runs before the other is refused.
-- Question: what does the refusal carry, and what does the driver do with it?
-- Change: give the machine a third core.

policy "strict"
network { latency = "5ms" }
local c = cluster { { executors = 1, cores = 2 }, { executors = 1, cores = 2 } }
local train = job "train" { submit = "1s", barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }
when(record("plan", { job = train })) { take(c.executor[1], { cores = 1, lasts = "20s" }) }

expect {
    train:succeeds { within = "2m" },
    sometimes("a reservation is refused", record("reserve-nack", { executor = c.executor[1] })),
    never("the first launch runs user code", train:starts { attempt = 0 }),
}
