-- No machine knows what time it is: all clocks are apart by up to a thousand days, while a link is cut and the driver dies.
-- See: the story is, to the nanosecond, that of clocks that agree. Leases, heartbeats and deadlines are each counted by one
-- clock alone, and no message says what time it is; only the speed of clocks matters, and drift_bound is for that.
-- Verdicts: strict pass; spark offers=in_order RST EXPECT; spark pass or RST EXPECT
-- Policy: strict. Compare the story with --param apart=0s: it is the same one.
-- Question: what in a scheduler would have to compare two machines' clocks, and what would this run do to it?
-- Change: drift(c.executor[1], { ppm = 50000 }): a clock that is wrong in speed is another matter.

local apart = param("apart", "1000d", "machines' clocks are set apart by up to so much")
policy "strict"
settings { clock_offset = apart, heartbeat = "2s", heartbeat_timeout = "20s", driver_lease = "17s", heal_after = "20s" }
local c = cluster { executors = 4, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 6, program = loop(60, compute "1s", barrier(), checkpoint()) } }

between "10s" "60s" { cut(c.executor[1]) }
at "20s" { drift(c.executor[2], { ppm = 900 }) }
when(train:enters_epoch(30)) { crash_driver { back = "4s", effect = 2 } }
at "75s" { pause(c.executor[0], "5s") }

expect { train:succeeds { within = "5m" } }
