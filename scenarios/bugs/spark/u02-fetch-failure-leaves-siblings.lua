-- A deadlock after a fetch failure (B-142, B-143).
-- Symptom: one task of a gang does not find its input; the stage is to run again, and never does.
-- Cause: on this path the siblings are not killed and their barrier() is not answered. They keep slots that the next
-- attempt needs.
-- Look at: rank 1, which waits in barrier() when rank 0 fails to fetch; who holds the second of the two slots left.
-- Verdicts: strict pass; spark PRG TMR
-- Try: --policy spark --set fetch_failure=kill_siblings

settings { heartbeat = "2s", heartbeat_timeout = "20s" }
local c = cluster { executors = 3, cores = 1 }
local load = stage "load" { tasks = 1, program = compute "1s", prefers = c.executor[2] }
local fit = barrier_stage "fit" {
    tasks = 2, reads = load, prefers = { c.executor[0], c.executor[1] },
    program = program { on_rank(0, 0, compute "3s"), fetch "1MiB", compute "1s", barrier() },
}
local job = job "train" { load, fit, stage "score" { tasks = 1, program = compute "1s" } }

-- What load made lies on executor 2, which is gone before rank 0 asks for it. Two slots are left, and the gang needs both.
when(record("reply", { job = job, stage = "fit", rank = 1 })) { crash(c.executor[2], { for_good = true }) }
when(job:starts { stage = "fit", rank = 1, attempt = 0 }) { crash(c.executor[2], { for_good = true }), after = "1s" }

expect { job:succeeds { within = "10m" }, sometimes("a fetch fails", record("fetch-failed")) }
