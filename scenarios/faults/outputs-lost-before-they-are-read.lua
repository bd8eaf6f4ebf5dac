-- A gang has made its outputs and is done; the one that reads them waits for slots, and a machine with some of them is lost.
-- See: who waits leaves the queue, for there is nothing to read yet. When the slots come free the first gang begins anew, all of it,
-- because outputs of two attempts do not go together; and only then the second goes.
-- Verdicts: strict pass; spark pass
-- Policy: strict.
-- Question: what if the reader had gone before its machine was known to be lost?
-- Change: let "make" be a stage of independent tasks. How many of them run again?

policy "strict"
settings { heartbeat = "1s", heartbeat_timeout = "8s" }
local c = cluster { { executors = 1, cores = 1 }, { executors = 3, cores = 2 } }
local x = c.executor
local etl = job "etl" {
    barrier_stage "make" { tasks = 2, prefers = { x[0], x[1] }, program = program { compute "2s", barrier(), output "1MiB" } },
    barrier_stage "use" { tasks = 4, reads = { "make" }, program = program { fetch "1MiB", compute "2s", barrier() } },
}
local other = job "other" { submit = "1s", priority = 1, stage "work" { tasks = 5, prefers = { x[1], x[2], x[2], x[3], x[3] }, program = compute "30s" } }
when(record("stage-done", { job = etl, stage = "make" })) { crash(x[0], { for_good = true }), after = "1s" }

expect {
    etl:succeeds { within = "2m" },
    other:succeeds(),
    sometimes("the outputs are made again", etl:starts { stage = "make", rank = 0, attempt = 1 }),
}
