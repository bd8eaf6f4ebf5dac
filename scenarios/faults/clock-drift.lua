-- An executor's clock runs slow while its link is cut.
-- See: the lease is counted by the executor's clock, the silence by the driver's. The driver waits for longer than the
-- lease by drift_bound, so a clock within the bound cannot make two attempts run together.
-- Verdicts: strict pass; spark EXPECT or RST EXPECT
-- Policy: strict. Try --param ppm=-90000: a clock that no bound covers. Two attempts run together for a moment, and no rule
-- is broken by it: nothing can be promised for such a clock.
-- Question: which of the two must be the more patient?
-- Change: drift_bound = 0 and driver_lease = "20s": then no clock may be off at all.

local ppm = param("ppm", -900, "how far executor 0's clock is off, in millionths", { min = -100000, max = 100000 })
policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "20s", driver_lease = "19s", drift_bound = 1000 }
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(60, compute "1s", barrier(), checkpoint()) } }
at "1s" { drift(c.executor[0], { ppm = ppm }) }
between "10s" "100s" { cut(c.executor[0]) }

expect { train:succeeds { within = "10m", attempts = 2 } }
