-- What a round gathered is sent once to each task (B-104).
-- Symptom: a gather of a few megabytes takes minutes in a large gang, and most of that is the driver sending.
-- Cause: each of n tasks gets an answer of its own with all n payloads in it, also where many of them share an executor.
-- Look at: the time from the last arrival of a round to its replies.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set fan_out=executor

cluster { executors = 2, cores = 8 }
network { latency = "1ms", bandwidth = "10MiB" }
local job = job "train" {
    barrier_stage "fit" { tasks = 16, program = loop(5, compute "1s", all_gather "1MiB") },
    stage "score" { tasks = 1, program = compute "1s" },
}

-- A round: 0.8 s for eight payloads of an executor, and 1.6 s for all sixteen on their way back; a second more where tasks poll.
expect { job:succeeds { within = "30s", attempts = 1 } }
