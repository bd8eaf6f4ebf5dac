-- Waiters are never answered when their attempt ends (B-152).
-- Symptom: a task stays in barrier() although its stage is over; its slot is never free again.
-- Cause: the attempt's state is dropped together with its queue of waiters, without a reply.
-- Look at: rank 1 of attempt 0: its call has no reply, and it still runs when the job is done.
-- Verdicts: strict pass; spark BAR GEN
-- Try: --policy spark --set stage_end=reply_all

settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 4, cores = 1 }
local load = stage "load" { tasks = 1, program = compute "1s", prefers = c.executor[3] }
local fit = barrier_stage "fit" {
    tasks = 2, reads = load, prefers = { c.executor[0], c.executor[1] },
    program = program { on_rank(0, 0, compute "3s"), fetch "1MiB", compute "1s", barrier() },
}
local job = job "train" { load, fit, stage "score" { tasks = 1, program = compute "1s" } }

-- The same as the deadlock after a fetch failure, but with a slot to spare: the job succeeds, the waiter stays.
when(job:starts { stage = "fit", rank = 1, attempt = 0 }) { crash(c.executor[3], { for_good = true }), after = "1s" }

expect { job:succeeds { within = "10m" } }
