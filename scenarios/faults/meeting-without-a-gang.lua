-- Tasks that need each other, started one by one.
-- See: four plain tasks meet at a tracker, but only three slots are free. Three hold their slots and wait for the fourth,
-- which waits for a slot: hold and wait. As a gang they start together or not at all.
-- Verdicts: strict PRG; spark PRG
-- Policy: strict. Try --param gang=true.
-- Question: who would have to give up for the others to go on?
-- Change: let them give up after 30 s (within = "30s").

local gang = param("gang", false, "start them as a gang")
policy "strict"
cluster { { executors = 1, cores = 3 }, { executors = 1, cores = 1, arrive = "20s" } }
local join = program { compute "1s", meet("tracker", { tasks = 4 }), compute "1s" }
job "busy" { priority = 1, submit = "10s", stage "run" { tasks = 1, program = compute "1s" } }
local train
if gang then
    train = job "train" { barrier_stage "fit" { tasks = 4, program = join } }
else
    train = job "train" { stage "fit" { tasks = 5, program = join } }
end
expect { train:succeeds { within = "2m" } }
