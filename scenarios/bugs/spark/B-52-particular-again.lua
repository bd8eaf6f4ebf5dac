-- A gang that was tried in vain is particular again about where it runs (B-52).
-- Symptom: a gang has waited for the executor it prefers, and longer than its patience; when there is room elsewhere it begins
-- to wait anew.
-- Cause: what was given to it in a round counts as given, although the round took it all back for want of cores. The slots are
-- counted by GPUs alone (B-64), so this happens in every round.
-- Look at: `busy`, which takes executor 1's cores before the gang's 6 s of patience are over, and what the gang does when they
-- come free at 15 s.
-- Verdicts: strict pass; spark locality_reset=launched pass; spark EXPECT
-- Try: --policy spark --set locality_reset=launched; --policy spark --set capacity_of=all_resources

local c = cluster { executors = 2, cores = 2, gpus = 1, racks = 2 }
job "busy" {
    submit = "5s", priority = 1,
    stage "run" { tasks = 1, cores = 2, prefers = c.executor[1], program = compute "10s" },
}
local job = job "train" {
    barrier_stage "fit" { tasks = 2, gpus = 1, prefers = c.executor[0], program = program { compute "1s", barrier() } },
}

expect { job:succeeds { within = "20s" } }
