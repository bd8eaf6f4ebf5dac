-- A member ends without having come to the barrier (B-88).
-- Symptom: the others wait for it, for a year.
-- Cause: whoever counts the arrivals does not know that a task ended.
-- Look at: rank 0 ends well in its second round; rank 1 waits for it.
-- Verdicts: strict pass; spark PRG
-- Try: --policy spark --set member_exit=tell

cluster { executors = 2, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = loop(3, compute "1s", barrier()) },
    stage "score" { tasks = 1, program = compute "1s" },
}
when(job:enters_epoch(1, { attempt = 0 })) { quit(job:rank(0, "fit")), after = "500ms" }

expect { job:succeeds { within = "5m" } }
