-- SPARK-24954 (refused since 2.4): gangs on executors that come and go with the load.
-- Symptom: no error any more, but no gang either: Spark refuses such a job outright.
-- Cause: once, executors came one after the other and were given back one by one while the gang waited for all of them at once.
-- Look at: strict pins what a waiting gang needs, so the job runs; without either, executor 0 is gone when executor 1 has come.
-- Verdicts: strict pass; spark EXPECT; strict dynamic_admission=no EXPECT; spark dynamic_admission=no EXPECT
-- Try: --policy spark --set dynamic_executors=pin; --policy spark --set dynamic_admission=no

settings { dynamic = true, idle_timeout = "30s" }
limits { virtual = "1h" }
cluster { executors = 2, cores = 1, manager = "yarn", every = "45s" }
local job = job "train" {
    submit = "3m", -- nobody is there any more
    barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } },
}

expect { job:succeeds { within = "5m" } }
