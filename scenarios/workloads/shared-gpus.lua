-- Tasks share a GPU, and one that needs a whole GPU has none that somebody else has a part of.
-- See: from 1 s on a batch and a service share the first GPU, and `beside` has the second. `whole` needs one for itself: that most of
-- the first is free from 6 s on is no help, for the service goes on; it begins when `beside` has ended. `more` needs three
-- shares of 0.6: each GPU has room for one, and what is left over of both is no third one, so it is refused.
-- Verdicts: strict pass; spark pass
-- Policy: any.
-- Question: when does `whole` begin, and how much of the two GPUs was free before?
-- Change: let `more` need 0.5 of a GPU a task, and it runs.

policy "strict"
settings { admission_interval = "5s", admission_failures = 3 }
cluster { executors = 1, cores = 4, gpus = 2 }
local batch = job "batch" { submit = "1s", stage "infer" { tasks = 1, gpus = 0.6, program = compute "5s" } }
service "web" { submit = "1s", stage "infer" { tasks = 1, gpus = 0.3, program = loop(600, compute "1s") } }
local beside = job "beside" { submit = "1s", stage "tune" { tasks = 1, gpus = 1, program = compute "40s" } }
local whole = job "whole" { submit = "2s", stage "tune" { tasks = 1, gpus = 1, program = compute "5s" } }
local more = job "more" {
    submit = "50s", barrier_stage "fit" { tasks = 3, gpus = 0.6, program = program { compute "1s", barrier() } },
}

expect {
    batch:succeeds { within = "6s" }, beside:succeeds { within = "41s" }, whole:succeeds { within = "46s" },
    more:fails("slots"),
}
