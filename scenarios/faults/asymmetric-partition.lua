-- One direction of one machine's network is cut: its messages do not reach the driver, the driver's reach it.
-- See: the driver hears nothing and would start the gang elsewhere, while the old tasks run on: two copies of one
-- training. The executor has a lease on its driver: without an answer to its heartbeats it ends its tasks by itself, before
-- the driver may count it lost. When the cut is healed it comes back as a new process.
-- Verdicts: strict pass; strict driver_lease=keep GEN; spark EXPECT or RST EXPECT
-- Policy: strict. Try --set driver_lease=keep, and look for two attempts of one rank that run together.
-- Question: how much later than the executor does the driver act, and which setting says so?
-- Change: let the clock of executor 0 run slow by more than drift_bound.

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(60, compute "1s", barrier(), checkpoint()) } }
between "10s" "50s" { cut(c.executor[0], { way = "out" }) }

expect {
    train:succeeds { within = "10m", attempts = 2 },
    sometimes("the executor is counted lost", record("lost", { executor = c.executor[0] })),
    sometimes("and comes back", record("join", { executor = c.executor[0], nth = 2 })),
}
