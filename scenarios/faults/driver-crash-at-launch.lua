-- The driver's process dies between the reservations and the go, and is back after three seconds.
-- See: both executors have acknowledged, and the driver has made durable that they have, when it dies before the first go.
-- It returns from its log, and the first thing it does is what it had decided: the goes follow, and the gang starts once.
-- Verdicts: strict pass; spark unknown
-- Policy: strict.
-- Question: with --param effect=2 it dies before the second acknowledgement is durable. Who sends that again?
-- Change: let it be away for 3 minutes. Who gives the slots back, and how many attempts are planned?

local effect = param("effect", 3, "before which effect it dies: 1 and 2 make the acknowledgements durable, 3 is the first go, 4 the second")
local back = param("back", "3s", "how long the driver is away")
policy "strict"
settings { heartbeat = "5s", heartbeat_timeout = "30s", reserve_timeout = "10s", reserve_lease = "30s" }
network { latency = "1ms" }

-- Two slots each: the gang needs two executors.
local c = cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }

-- The second one has acknowledged, and both messages still have to arrive.
when(record("reserve-ack", { job = train, executor = c.executor[1] })) { crash_driver { back = back, effect = effect }, after = "500us" }

expect {
    train:succeeds { within = "5m" },
    sometimes("the driver dies", record("driver-down")),
    sometimes("it is back", record("driver-up")),
}
if back == "3s" then
    expect {
        never("the gang is planned a second time", record("plan", { job = train, attempt = 1 })),
        never("the gang starts a second time", train:starts { attempt = 1 }),
        never("anybody is given up", record("lost")),
    }
end
