-- An attempt has failed, and one of its tasks does not hear it: it goes on producing.
-- See: its checkpoint, which is the last that was missing, its output and its good end come to the driver after the fence. None of
-- them counts: the gang starts again from where all of it was before.
-- Verdicts: strict pass; strict late_success=accept AON GEN; spark GEN PRG
-- Policy: strict. Spark counts the good end, and makes the gang again without that task (B-145).
-- Question: which of the three would have done harm, and to whom?
-- Change: kill rank 0 a second later. From which checkpoint does the gang start now, and why?

policy "strict"
cluster { executors = 2, cores = 2 }
local make = program {
    compute "1s", barrier(), checkpoint(), compute "1s", on_rank(3, 3, compute "1s"), checkpoint(), compute "2s", output "1MiB", compute "1s",
}
local etl = job "etl" {
    barrier_stage "make" { tasks = 4, program = make },
    stage "use" { tasks = 2, reads = { "make" }, program = program { fetch "1MiB", compute "1s" } },
}
when(etl:starts { stage = "make", rank = 3, attempt = 0 }) { ignore_kill(etl:rank(3, "make")) }
when(etl:enters_epoch(1)) { kill(etl:rank(0, "make")), after = "1500ms" }

expect {
    etl:succeeds { within = "1m" },
    sometimes("a checkpoint comes late", record("checkpoint", { job = etl, rank = 3, attempt = 0, nth = 2 })),
    sometimes("an output comes late", record("output", { job = etl, rank = 3, attempt = 0 })),
}
