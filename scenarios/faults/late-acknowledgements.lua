-- Acknowledgements take longer than the driver's patience, so each finds that its launch was taken back, and the next one begun.
-- See: a word that executor 0 sent before makes it worth asking again, and then comes the acknowledgement of the launch before.
-- It is of another attempt, so nothing goes. When the link is good again one comes in time, and it is the right one.
-- Verdicts: strict pass; spark unknown
-- Policy: strict. Spark does not ask, so there is nothing to be late for.
-- Question: the executor has room and would hold the slots again. Who would be hurt by a go for the old acknowledgement?
-- Change: clog the link by "900ms", within the patience.

policy "strict"
settings { heartbeat = "200ms", heartbeat_timeout = "20s", reserve_timeout = "1s", reserve_lease = "30s" }
network { latency = "1ms" }
local c = cluster { executors = 1, cores = 4 }
local train = job "train" { submit = "5s", barrier_stage "fit" { tasks = 2, program = loop(3, compute "1s", barrier()) } }
local etl = job "etl" { submit = "5500ms", stage "map" { tasks = 2, program = compute "1s" } }
at "1s" { clog(c.executor[0], { by = "700ms", lasts = "9s" }) }

expect {
    train:succeeds { within = "30s" },
    etl:succeeds { within = "30s" },
    sometimes("a launch is taken back", record("unreserve", { job = train, attempt = 0 })),
    sometimes("and one of a single task", record("unreserve", { job = etl, attempt = 0 })),
}
