-- The network between two workers is cut, and the driver hears both of them.
-- See: a ring all-reduce needs each two neighbours. Ranks 1 and 2 no longer reach each other, so all four stand still, and
-- every heartbeat comes: no executor is lost, no task has failed, and the scheduler has nothing to do. Only what the tasks
-- themselves know can end it: their connection breaks, here after ten minutes, and then the gang starts again from its
-- checkpoint, elsewhere. With --param patience=20s that costs half a minute.
-- Verdicts: strict EXPECT; spark pass or RST EXPECT
-- Policy: strict. Try --param patience=20s.
-- Question: who else could have noticed, and from what?
-- Change: cut only one way (way = "out"); hold the link instead, which never breaks; give the gang a sync timeout.

local patience = param("patience", "10m", "how long a task's connection may be silent")

policy "strict"
settings { connection_timeout = patience }
local c = cluster { executors = 6, cores = 1 }
local train = job "train" {
    barrier_stage "fit" { tasks = 4, program = loop(30, compute "1s", all_reduce "100MiB", barrier(), checkpoint()) },
}
at "10s" { cut(c.executor[1], { to = c.executor[2], lasts = "30m" }) }

expect {
    train:succeeds { within = "3m" },
    never("an executor is lost, though each is heard", record("lost")),
}
