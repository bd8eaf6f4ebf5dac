-- On kubernetes every executor is a pod, and pods are pending for a while, each for another time.
-- See: the tasks of the MapReduce job begin on the first pod that runs. The gang waits for the last one that it needs: its start
-- is the slowest of eight draws. Then a pod is removed. It keeps its resources for its grace, and another one takes its place;
-- and one that is cut off from the driver ends by its own hand, and is pending again before it can be used.
-- Verdicts: strict pass; spark BAR RST EXPECT
-- Policy: strict.
-- Question: how much longer would a gang of twice the size wait, and how much longer the MapReduce job?
-- Change: --param slowest=60: one slow node is enough to keep every gang of that size waiting.

local slowest = param("slowest", 8, "the longest time that a pod is pending, in seconds", { min = 2, max = 3600 })
policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "12s", kill_grace = "4s", admission_interval = "500ms", admission_failures = 1000 }
local c = cluster { manager = "kubernetes", pending = { "2s", slowest .. "s" }, executors = 9, cores = 2 }

local etl = job "etl" { stage "map" { tasks = 12, program = compute "1s" } }
local train = job "train" { barrier_stage "fit" { tasks = 16, program = loop(40, compute "1s", barrier(), checkpoint()) } }

when(train:enters_epoch(5)) { drain(c.executor[0]) }
when(train:enters_epoch(20)) { cut(c.executor[1], { lasts = "20s" }) }

expect {
    etl:succeeds { within = "10m" },
    train:succeeds { within = "10m" },
    sometimes("a pod that returns", record("up", { executor = 1, nth = 2 })),
}
