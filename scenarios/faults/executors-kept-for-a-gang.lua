-- Executors that have nothing to do are given back, but for those that a gang waits for, and one that was given back is asked for again.
-- See: the third executor has nothing to do and is given back at 20 s; at 30 s `one` waits, and it alone is asked for. `gang` needs
-- four executors, and the fourth arrives at 2 minutes; until then the three others have nothing to do, and are kept.
-- Verdicts: strict pass; strict dynamic_admission=no PRG; spark EXPECT
-- Policy: strict. Try --policy spark (a gang is refused where executors come and go) and --set dynamic_admission=no
-- (what a gang waits for is given back as if it were of no use).
-- Question: for how long does each of the three have nothing to do, and when is it looked at?
-- Change: submit the gang at 100s, and count how many executors are asked for.

policy "strict"
settings { dynamic = true, idle_timeout = "20s" }
cluster { { executors = 3, cores = 1 }, { executors = 1, cores = 1, arrive = "2m" } }
local busy = job "busy" { stage "map" { tasks = 2, program = compute "40s" } }
local one = job "one" { submit = "30s", stage "map" { tasks = 1, program = compute "5s" } }
local gang = job "gang" { submit = "35s", barrier_stage "fit" { tasks = 4, program = program { compute "5s", barrier() } } }

expect {
    busy:succeeds { within = "1m" }, one:succeeds { within = "15s" }, gang:succeeds { within = "2m", attempts = 1 },
    sometimes("one is given back", record("lost", { executor = 2 })),
    sometimes("it is asked for, and comes", record("join", { executor = 2, nth = 2 })),
}
