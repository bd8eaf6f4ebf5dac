-- A gang has failed, and the machine with the last of its old tasks is lost before that is gone.
-- See: there is room for the whole gang on the other machines at once. It is started there only when the lost one counts as lost,
-- and its lease with it: until then the old task may run. And it is started once, for nothing is planned before.
-- Verdicts: strict pass; strict resubmit=at_once GEN; spark RST EXPECT
-- Policy: strict. Try --set resubmit=at_once: the new attempt is begun beside what is left of the old one.
-- Question: what does the driver know of the old task between its last heartbeat and the end of its lease?
-- Change: let the machine not crash. What ends the wait then?

policy "strict"
settings { heartbeat = "1s", heartbeat_timeout = "8s" }
local c = cluster { { executors = 1, cores = 1 }, { executors = 2, cores = 2 } }
local train = job "train" { barrier_stage "fit" { tasks = 3, program = loop(5, compute "1s", barrier(), checkpoint()) } }
when(train:starts { rank = 0, attempt = 0 }) { linger(train:rank(0), "1m") }
when(train:enters_epoch(2)) { kill(train:rank(1)) }
when(record("fence", { job = train, attempt = 0 })) { crash(c.executor[0], { for_good = true }), after = "2s" }

expect {
    train:succeeds { within = "1m", attempts = 2 },
    never("a launch is begun in vain", record("unreserve", { job = train })),
}
