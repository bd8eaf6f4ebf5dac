-- SPARK-42577 (mended in 3.5): a stage whose outputs are lost again and again is begun again without end.
-- Symptom: a job neither ends nor fails, however often its first stage has run.
-- Cause: only attempts that fail one after the other were limited, and each success forgives those before it (B-138).
-- Look at: how often the gang is planned; the note that says what it may have, when the limit of attempts in all (B-146) ends it.
-- Verdicts: strict pass; spark pass; strict attempts_limit=consecutive RST EXPECT; spark attempts_limit=consecutive RST EXPECT

local c = cluster { { executors = 2, cores = 2, memory = "4GiB" }, { executors = 1, cores = 4, memory = "1GiB" } }
settings { attempts_max = 5, heartbeat = "1s", heartbeat_timeout = "5s" }

-- The gang runs on one of the small machines, which have the memory for it; what it made is lost with both, each time.
local job = job "train" {
    barrier_stage "prepare" { tasks = 2, memory = "2GiB", program = program { compute "1s", barrier() } },
    stage "fit" { tasks = 1, cores = 4, reads = { "prepare" }, program = program { compute "5m", fetch "1KiB" } },
}
for i = 0, 9 do
    when(record("stage-done", { job = job, stage = "prepare", nth = i + 1 })) {
        crash(c.executor[0]), crash(c.executor[1]), after = "1s",
    }
    when(record("lost", { executor = 1, nth = i + 1 })) {
        restart(c.executor[0]), restart(c.executor[1]), after = "1s",
    }
end

expect { job:fails "attempts-in-all" }
