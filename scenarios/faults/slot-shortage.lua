-- Somebody else takes a core, so a gang waits; when it is given back, the gang starts.
-- See: the machine has fewer slots than the driver was told at first. Its new room is told, the gang waits, and nothing is
-- launched by halves.
-- Verdicts: strict pass
-- Policy: strict.
-- Question: who notices first that the slot is back, and how long after does the gang start?
-- Change: let the core be taken for longer than admission_interval x admission_failures.

policy "strict"
settings { admission_interval = "5s", admission_failures = 20 }
local c = cluster { executors = 2, cores = 2 }
local train = job "train" { submit = "5s", barrier_stage "fit" { tasks = 4, program = loop(3, compute "1s", barrier()) } }
at "2s" { take(c.executor[1], { cores = 1, lasts = "30s" }) }

expect {
    train:succeeds { within = "1m" },
    never("half of the gang starts", train:starts { attempt = 1 }),
}
