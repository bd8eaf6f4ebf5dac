-- A gang beside a MapReduce job; one task of each is killed.
-- See: the MapReduce task runs again alone, the gang starts again as a whole, from its last checkpoint.
-- Change: the lines that say so. Each can be run with other values, too: --param tasks=8
-- Words: `muster help scenario` lists them all, `muster help barrier_stage` tells one and shows an example.

-- A value that --param may change without an edit.
local tasks = param("tasks", 4, "how large the gang is", { min = 1, max = 8 })

-- Four machines of two slots each. Change: gpus = 2, racks = 2, or arrive = "5s" for machines that come later.
local c = cluster { executors = 4, cores = 2 }

-- The scheduler's patience and budgets; `muster help settings` lists them. Change: attempts = 1.
settings { retry_delay = "200ms", attempts = 4 }

-- MapReduce: tasks that know nothing of each other. Change: more tasks than slots, and see them run in waves.
local etl = job "etl" { stage "load" { tasks = 4, program = program { compute { "2s", "3s" }, output "8MiB" } } }

-- A gang: all tasks start or none does, and each round waits for all of them. Change: leave checkpoint() out.
local round = program { compute { "400ms", "600ms" }, barrier(), checkpoint() }
local train = job "train" { barrier_stage "fit" { tasks = tasks, program = loop(6, round) } }

-- What goes wrong, and when; `muster faults` lists what can. Change: crash(c.executor[0]) instead.
at "1s" { kill(etl:rank(2)) }
when(train:enters_epoch(3)) { kill(train:rank(0)), after = "100ms" }

-- What this story promises; the rules of `muster rules` are looked at in any case. Change: attempts = 1, and it fails.
expect {
    etl:succeeds { within = "1m" },
    train:succeeds { within = "1m", attempts = 2 },
}
