-- A machine loses power and is back half a minute later.
-- See: the gang needs every slot there is, so it waits: it is checked against the cluster again and again, and starts from its
-- checkpoint when the machine has registered as a new process.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict.
-- Question: what would be different if it came back before its silence was noticed?
-- Change: let it be back after 5 s.

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "10s", admission_interval = "5s" }
local c = cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(20, compute "1s", barrier(), checkpoint()) } }
between "5s" "40s" { crash(c.executor[1]) }

expect { train:succeeds { within = "2m", attempts = 2 }, sometimes("it registers again", record("join", { executor = c.executor[1], nth = 2 })) }
