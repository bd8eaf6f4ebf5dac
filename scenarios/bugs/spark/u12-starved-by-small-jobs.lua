-- A big gang starves behind small jobs (B-30, B-38, SPARK-26439).
-- Symptom: a gang that fits the cluster is not launched as long as small jobs keep coming.
-- Cause: nothing is reserved for it. Whatever comes free is taken at once by a job that needs less.
-- Look at: when `big` starts. The small jobs end after five minutes.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set blocked_head=block

cluster { executors = 2, cores = 2 }
for i = 0, 149 do
    job("small-" .. i) { submit = i * 2 .. "s", stage "run" { tasks = 1, program = compute "5s" } }
end
local big = job "big" { submit = "10s", barrier_stage "fit" { tasks = 4, program = program { compute "5s", barrier() } } }

expect { big:succeeds { within = "2m" } }
