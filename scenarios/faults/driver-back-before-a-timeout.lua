-- The driver's process dies while a gang waits at a barrier for one that hangs, and is back long before the round's timeout is over.
-- See: a round has its time from its first call on, and that the driver was away does not give it more: the round fails a minute
-- after rank 0 came, and the gang begins again.
-- Verdicts: strict pass; spark PRG
-- Policy: strict.
-- Question: how would the driver know, when it is back, when the first call came?
-- Change: let the driver die twice.

policy "strict"
settings { heartbeat = "5s", heartbeat_timeout = "30s", sync_timeout = "1m" }
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 6, program = program { compute "1s", barrier(), compute "1s" } } }

when(train:starts { rank = 5, attempt = 0 }) { hang_task(train:rank(5)) }
when(record("arrive", { job = train, rank = 0, attempt = 0 })) { crash_driver "10s", after = "20s" }

expect {
    train:succeeds { within = "90s", attempts = 2 },
    sometimes("the round fails", record("round-failed", { job = train })),
}
