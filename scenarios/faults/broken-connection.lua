-- A connection breaks, and is made again at once.
-- See: both ends learn it. What had not been acknowledged is sent again when the connection is back, so no call is lost and
-- no reply comes twice.
-- Verdicts: strict pass; strict driver_lease=keep BAR GEN; spark pass or RST EXPECT
-- Policy: strict. Try --set driver_lease=keep: the executor is counted lost at once, as Spark does, and its tasks live on.
-- Question: why may the driver not start the gang elsewhere at once?
-- Change: cut the link as well, for a minute.

policy "strict"
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(10, compute "1s", barrier(), checkpoint()) } }
at "5500ms" { break_link(c.executor[0]) }

expect { train:succeeds { within = "5m" }, sometimes("it breaks", record("disconnect")) }
