-- An executor is lost between the reservation and the go.
-- See: a gang starts in two phases. Slots are reserved everywhere, and only when all executors have acknowledged does the
-- go follow. Here executor 1 loses power in between: when its reservation has been sent, when it has acknowledged, or
-- when the go has been sent.
-- Verdicts: strict pass; strict --param moment=reserve pass; strict --param moment=go pass; spark unknown
-- Policy: strict. Try --param moment=reserve and --param moment=go.
-- Question: in which of the three cases does user code run before the driver knows, and on which executors?
-- Change: raise reserve_timeout above heartbeat_timeout. Which of the two notices the loss now?

local moment = param("moment", "reserve-ack", "the record behind which executor 1 is lost", { "reserve", "reserve-ack", "go" })
policy "strict"
settings { heartbeat = "5s", heartbeat_timeout = "30s", reserve_timeout = "10s", reserve_lease = "30s" }
network { latency = "1ms" }

-- Two slots each: two executors are enough for the gang, the third is where it can go.
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }

when(record(moment, { job = train, executor = c.executor[1] })) { crash(c.executor[1], { for_good = true }) }

expect { train:succeeds { within = "5m" } }
if moment == "reserve" then
    -- It does not acknowledge, so the launch is taken back as a whole, and the next one goes elsewhere.
    expect {
        never("user code runs in the launch that was taken back", train:starts { attempt = 0 }),
        never("who does not answer is asked again", record("reserve", { job = train, executor = c.executor[1], attempt = 1 })),
    }
else
    -- All have acknowledged: half of the gang starts, and is stopped once silence tells that the other half is gone.
    expect {
        sometimes("the half that is left is started", train:starts { attempt = 0 }),
        sometimes("silence is noticed", record("lost", { executor = c.executor[1] })),
        sometimes("the attempt is fenced", record("fence", { job = train, attempt = 0 })),
    }
end
