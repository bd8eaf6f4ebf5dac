-- Lost machines use up a job's attempts (B-137).
-- Symptom: a job on spot machines is given up after four of them were taken away.
-- Cause: every failure counts alike, whoever is to blame.
-- Look at: the fences, and what each is charged to.
-- Verdicts: strict pass; spark RST EXPECT
-- Try: --policy spark --set budget=by_cause

settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 6, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, program = program { compute "30s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}
for attempt = 0, 3 do
    for i = 0, 5 do -- wherever rank 0 of this attempt is
        when(record("start", { job = job, stage = "fit", attempt = attempt, rank = 0, executor = c.executor[i] })) {
            crash(c.executor[i], { for_good = true }), after = "5s",
        }
    end
end

expect { job:succeeds { within = "30m" } }
