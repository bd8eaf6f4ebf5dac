-- Executors come and go with the load: one that has nothing to do is given back, and is asked for again when tasks wait.
-- See: the load grows from two tasks to six and falls, and the executors follow it, a container at a time. When the gang comes
-- all are gone; the driver asks for the four that it needs, and what has come is kept until the last is there.
-- Verdicts: strict pass; strict dynamic_admission=no EXPECT; spark EXPECT
-- Policy: strict. Try --policy spark (a gang is refused where executors come and go) and --set dynamic_admission=no (it is
-- treated as any tasks are, and the first executors are given back before the last has come).
-- Question: how many executors are there at 30 s, at 90 s and at 170 s, and who decided that?
-- Change: an idle_timeout of 60s, and see the gang start without anybody to pin its executors.

settings { dynamic = true, idle_timeout = "20s" }
cluster { executors = 6, cores = 1, manager = "yarn", every = "8s" }

-- Six executors have come by 40 s.
local few = job "few" { submit = "1s", stage "map" { tasks = 2, program = compute "10s" } }
local many = job "many" { submit = "45s", stage "map" { tasks = 6, program = compute "15s" } }
local again = job "again" {
    submit = "100s",
    stage "map" { tasks = 3, program = compute "15s" },
    stage "reduce" { tasks = 1, reads = { "map" }, program = program { compute "60s", fetch "1MiB" } },
}
local gang = job "gang" {
    submit = "250s",
    barrier_stage "fit" { tasks = 4, program = loop(3, compute "5s", barrier()) },
}

expect {
    few:succeeds { within = "1m" }, many:succeeds { within = "2m" }, again:succeeds { within = "3m", },
    gang:succeeds { within = "2m", attempts = 1 },
    sometimes("an executor has nothing to do", record("lost")),
}
