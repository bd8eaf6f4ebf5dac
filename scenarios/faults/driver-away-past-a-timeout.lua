-- The driver's process dies while a gang waits at a barrier, and is back when the round's timeout is over.
-- See: everybody had called in time, and their calls wait in the links; the driver hears them before it judges, and the round passes.
-- Verdicts: strict pass
-- Policy: strict.
-- Question: with --param late=true one task is slower than that. When does the round fail, and why not at the return?
-- Change: let it be away for 30 seconds. Who ends the tasks then?

local late = param("late", false, "one task calls only long after the driver is back")
policy "strict"
settings { heartbeat = "5s", heartbeat_timeout = "30s", sync_timeout = "10s" }
network { latency = "1ms" }

local c = cluster { executors = 3, cores = 2 }
local slow = program { on_rank(5, 5, compute "8s"), on_rank(1, 4, compute "3s") }
local train = job "train" { barrier_stage "fit" { tasks = 6, program = program { slow, barrier(), compute "1s" } } }

-- One call has come; the others come while nobody is there.
when(record("arrive", { job = train, rank = 0, attempt = 0 })) { crash_driver "12s", after = "1s" }
if late then when(record("driver-down")) { straggle(train:rank(5), "1m") } end

expect {
    train:succeeds { within = "10m" },
    sometimes("the driver dies", record("driver-down")),
}
if not late then
    expect {
        never("the round fails", record("round-failed", { job = train })),
        never("the gang starts a second time", train:starts { attempt = 1 }),
    }
end
