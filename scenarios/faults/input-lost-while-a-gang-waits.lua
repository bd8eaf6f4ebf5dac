-- What a gang reads is lost while the gang waits to be launched, and has to be made again before it can be.
-- See: `fit` is ready at 21 s, and waits for slots of `other`; from then on its launch deadline runs, also when a machine is lost and there
-- are too few slots for it. Then the machine with its input loses power, and `load` is run again: a gang whose input is
-- not there is not ready, so no deadline runs for it, and it has a whole one when it has its input, and enough machines, again.
-- Verdicts: strict pass; spark pass
-- Policy: strict.
-- Question: when would the first deadline have been over, and what was run then?
-- Change: let executor 1 not crash, and read the reason why the job fails.

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "10s", launch_deadline = "1m", admission_interval = "5s" }
local c = cluster { executors = 3, cores = 2 }
local other = job "other" { stage "map" { tasks = 2, prefers = c.executor[0], program = compute "100s" } }
local train = job "train" {
    submit = "1s",
    stage "load" { tasks = 2, prefers = c.executor[1], program = program { compute "20s", output "1MiB" } },
    barrier_stage "fit" { tasks = 6, reads = { "load" }, program = program { fetch "1MiB", compute "1s", barrier() } },
}
at "30s" { crash(c.executor[2]) }
at "45s" { crash(c.executor[1]) }
at "50s" { restart(c.executor[1]) }
at "85s" { restart(c.executor[2]) }

expect {
    other:succeeds { within = "2m" }, train:succeeds { within = "2m", attempts = 1 },
    sometimes("what it reads is lost", record("unregister")),
}
