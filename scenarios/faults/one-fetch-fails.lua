-- One task of a gang does not find its input, and the others, who have theirs, would compute on for minutes.
-- See: the failed fetch ends all of them, as any failure does: the map task is run again, and the gang begins anew when the slots
-- of the old attempt are free, not beside it.
-- Verdicts: strict pass; strict fetch_failure=leave BAR GEN; spark BAR GEN
-- Policy: strict. Spark leaves the siblings where they are (B-143), and starts them a second time.
-- Question: what was the work of the siblings worth, and who is charged for the attempt?
-- Change: give the last task its input at once (make its first compute as short as the others').

policy "strict"
settings { heartbeat = "1s", heartbeat_timeout = "8s" }
local c = cluster { executors = 4, cores = 2 }
local x = c.executor
local etl = job "etl" {
    stage "map" { tasks = 1, prefers = x[3], program = program { compute "1s", output "64MiB" } },
    barrier_stage "train" {
        tasks = 3, reads = { "map" }, prefers = { x[0], x[0], x[1] },
        program = program { on_rank(2, 2, compute "20s"), fetch "64MiB", compute "2m", barrier() },
    },
    stage "score" { tasks = 1, program = compute "1s" },
}
-- Those who come first have read it by then.
when(etl:starts { stage = "train", rank = 2, attempt = 0 }) { crash(x[3], { for_good = true }), after = "15s" }

expect {
    etl:succeeds { within = "10m" },
    sometimes("an output is missed", record("fetch-failed", { job = etl })),
    sometimes("the gang begins anew", etl:starts { stage = "train", attempt = 1 }),
}
