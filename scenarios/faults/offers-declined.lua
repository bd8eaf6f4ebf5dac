-- On mesos executors come by offers, and an offer may be declined; then it is made again only after a while.
-- See: the gang needs eight cores at once, and the last of its four executors is offered again and again before it is taken. The
-- tasks of the MapReduce job run on whatever has been accepted.
-- Verdicts: strict pass; spark pass
-- Policy: strict. Spark's own refusal lasts two minutes: --param refuse=120s.
-- Question: why does a longer refusal hurt a gang more than as many single tasks?
-- Change: --param declined=0.9.

local refuse = param("refuse", "5s", "how long an offer that was declined is not made again")
local declined = param("declined", 0.6, "the share of offers that is declined", { min = 0, max = 0.99 })
policy "strict"
settings { admission_interval = "500ms", admission_failures = 1000 }
cluster { manager = "mesos", every = "1s", declined = declined, refuse = refuse, executors = 4, cores = 2 }

local etl = job "etl" { stage "map" { tasks = 8, program = compute "1s" } }
local train = job "train" { barrier_stage "fit" { tasks = 8, program = loop(10, compute "1s", barrier()) } }

expect { etl:succeeds(), train:succeeds { attempts = 1 } }
