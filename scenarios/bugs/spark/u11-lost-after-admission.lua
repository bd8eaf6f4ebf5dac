-- Executors are lost between admission and launch (B-17, B-124, SPARK-24823, SPARK-31487).
-- Symptom: a job that was admitted hangs when its barrier stage's turn comes.
-- Cause: the check against the cluster is made once, when the job is submitted, and a gang that is not launched has no
-- deadline.
-- Look at: the loss of executor 3 while `load` runs, and what becomes of `fit` afterwards.
-- Verdicts: strict pass; spark PRG
-- Try: --policy spark --set admission=each_attempt; --policy spark --set launch_deadline=on

settings { heartbeat = "2s", heartbeat_timeout = "20s", admission_interval = "5s", admission_failures = 3 }
local c = cluster { executors = 4, cores = 1 }
local job = job "train" {
    stage "load" { tasks = 2, program = compute "60s" },
    barrier_stage "fit" { tasks = 4, program = program { compute "1s", barrier() } },
}
at "10s" { crash(c.executor[3], { for_good = true }) }

expect { job:fails("slots") }
