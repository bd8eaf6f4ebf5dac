-- Each barrier costs up to a second (B-85).
-- Symptom: a program that meets a hundred times takes more than a minute longer than it should.
-- Cause: a waiting task looks for its reply once a second.
-- Look at: the time between the release of a round and the replies.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set reply=push

cluster { executors = 2, cores = 1 }
local job = job "train" { barrier_stage "fit" { tasks = 2, program = loop(100, compute "10ms", barrier()) } }

expect { job:succeeds { within = "10s" } }
