-- A machine is lost for good while a gang, which was admitted, waits in the queue for others to end.
-- See: `fit` fits the cluster when it is checked, and waits for the slots that `before` holds. At 10 s a machine loses power; when the
-- driver counts it lost, `fit` is checked against what is left, leaves the queue to those behind it, and is refused before a slot is free.
-- Verdicts: strict pass; spark PRG
-- Policy: strict. Try --policy spark, which looks once, when the job is submitted: the gang waits for a machine that is gone.
-- Question: which records lie between the loss of the machine and the refusal?
-- Change: take for_good away; who waits for whom then?

policy "strict"
settings { heartbeat = "2s", heartbeat_timeout = "10s", admission_interval = "5s", admission_failures = 2 }
local c = cluster { executors = 3, cores = 2 }
local before = job "before" { stage "run" { tasks = 2, program = compute "2m" } }
local train = job "train" { submit = "1s", barrier_stage "fit" { tasks = 6, program = program { compute "1s", barrier() } } }
local behind = job "behind" { submit = "2s", stage "run" { tasks = 1, program = compute "1s" } }
at "10s" { crash(c.executor[2], { for_good = true }) }

expect { before:succeeds { within = "3m" }, train:fails("slots"), behind:succeeds { within = "30s" } }
