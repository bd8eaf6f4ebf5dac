-- The same bad machine is chosen for each attempt until none is left (B-194).
-- Symptom: a job fails after four attempts, all on the machine that cannot run it, with good machines idle.
-- Cause: failures of a gang's tasks do not count against the executor they happen on.
-- Look at: where rank 0 is placed in each attempt. Its data lie on the bad machine.
-- Verdicts: strict pass; spark EXPECT
-- Try: --policy spark --set exclusion=fed

local c = cluster { executors = 3, cores = 1 }
local job = job "train" {
    barrier_stage "fit" { tasks = 2, prefers = { c.executor[0] }, program = program { compute "1s", barrier() } },
    stage "score" { tasks = 1, program = compute "1s" },
}
-- Whatever of the gang starts on executor 0 is dead 100 ms later.
for n = 1, 8 do
    when(record("start", { job = job, stage = "fit", executor = c.executor[0], nth = n })) {
        kill(job:rank(0, "fit")), after = "100ms",
    }
end

expect { job:succeeds { within = "10m" } }
