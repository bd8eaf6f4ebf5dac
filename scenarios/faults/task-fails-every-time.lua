-- A task fails each time it runs, wherever it runs.
-- See: it runs again alone, as often as it may, and then its job fails; so does a gang, as a whole. Neither has one attempt more.
-- Verdicts: strict pass; spark pass
-- Policy: strict.
-- Question: three tasks of each job did well. What of their work was worth something?
-- Change: leave out exclude_failures, and the attempts are not used up on the same machine.

policy "strict"
settings { attempts = 3, exclude_failures = 0 }
cluster { executors = 2, cores = 4 }
local work = program { compute "1s", on_rank(1, 1, fail(3)), compute "10s" }
local etl = job "etl" { stage "map" { tasks = 4, program = work } }
local train = job "train" {
    barrier_stage "fit" { tasks = 4, program = work },
    stage "score" { tasks = 1, program = compute "1s" },
}

expect {
    etl:fails("attempts"),
    train:fails("attempts"),
    sometimes("the task has its last attempt", etl:starts { rank = 1, attempt = 2 }),
    never("and not one more", etl:starts { rank = 1, attempt = 3 }),
    sometimes("the gang has its last attempt", train:starts { stage = "fit", rank = 1, attempt = 2 }),
    never("and not one more of it", train:starts { stage = "fit", attempt = 3 }),
}
