-- A machine is lost for good with tasks of two jobs on it.
-- See: one loss, and everything that was there is given up at once: the gang starts again as a whole, elsewhere, and of the
-- other job only the tasks that were there.
-- Verdicts: strict pass; spark RST EXPECT
-- Policy: strict. Under spark a gang that comes last in its job fails with its machine (B-135).
-- Question: in which order are the two told, and could the second be hurt by what the first does then?
-- Change: let the machine come back after five seconds, before anybody has missed it.

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 3, cores = 4 }
local there, elsewhere = c.executor[0], c.executor[1]
local etl = job "etl" { stage "map" { tasks = 2, prefers = there, program = compute "40s" } }
local train = job "train" { barrier_stage "fit" { tasks = 4, prefers = { there, there, elsewhere, elsewhere }, program = loop(10, compute "1s", barrier(), checkpoint()) } }
at "5s" { crash(there, { for_good = true }) }

expect {
    etl:succeeds { within = "3m" },
    train:succeeds { within = "3m", attempts = 2 },
}
