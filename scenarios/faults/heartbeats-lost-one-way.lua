-- The driver's answers to heartbeats are lost, everything else arrives.
-- See: the driver hears its executor and has no complaint. The executor does not hear its driver, so it ends its tasks
-- when its lease is over, and says so. The gang goes on elsewhere.
-- Verdicts: strict pass; spark unknown
-- Policy: strict.
-- Question: why is nothing placed on executor 0 although its heartbeats arrive?
-- Change: shorten the cut to less than the lease.

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(60, compute "1s", barrier(), checkpoint()) } }
between "10s" "60s" { cut(c.executor[0], { way = "in" }) }

expect {
    train:succeeds { within = "10m" },
    sometimes("the executor ends its tasks itself", record("killed", { executor = c.executor[0] })),
    sometimes("the gang is fenced", record("fence", { job = train, attempt = 0 })),
}
