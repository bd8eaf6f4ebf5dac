-- A virtual machine stands still for half a minute, as when it is moved to another host.
-- See: it is silent for longer than the driver waits, so the gang goes on elsewhere. When it wakes up its lease is long
-- over: its first act is to end its tasks.
-- Verdicts: strict pass; spark EXPECT or RST EXPECT
-- Policy: strict.
-- Question: what could its tasks do between waking up and being ended?
-- Change: pause for 10 s, and see that nobody minds.

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(60, compute "1s", barrier(), checkpoint()) } }
at "10s" { pause(c.executor[0], "40s") }

expect { train:succeeds { within = "10m", attempts = 2 } }
