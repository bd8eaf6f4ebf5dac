-- A set fails and is made again at once, while one of its old members still ends; the new ones run beside it, under the same names.
-- jobset#684: the new jobs are created as soon as the old ones are being deleted, and not when they are gone.
-- See: resubmit=at_once is what it did: there is room for three, so attempt 1 goes while rank 2 of attempt 0 takes its 20 s to end.
-- Verdicts: strict pass; strict resubmit=at_once GEN
-- Verdicts: spark BAR GEN
-- Question: what could rank 0 of attempt 1 hear from that rank 2?
cluster { executors = 6, cores = 1 }
settings { kill_grace = "30s", release_wait = "60s" }
local set = job "set" {
    barrier_stage "run" { tasks = 3, program = loop(5, compute "1s", barrier()) },
    stage "report" { tasks = 1, program = compute "1s" },
}
when(set:starts { stage = "run", rank = 2, attempt = 0 }) { linger(set:rank(2, "run"), "20s") }
at "3s" { kill(set:rank(0, "run")) }
expect { set:succeeds { attempts = 2 } }
