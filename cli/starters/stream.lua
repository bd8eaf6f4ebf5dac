-- A service, a stream of micro-batches and a training gang share a cluster.
-- See: the gang needs its slots all at once; until they are there, the batches go on (or wait, as the policy says).
-- Change: --set blocked_head=skip, and compare the stream's lag in the summary. `muster policies` lists the axes.

-- Six slots. Change: executors = 4, and nobody waits for anybody.
local c = cluster { executors = 3, cores = 2 }

-- A job without end; the run does not wait for it.
service "web" { stage "serve" { tasks = 1, program = loop(100000, compute "1s") } }

-- A job each second. Change: every = "500ms", and see the lag grow.
local clicks = stream "clicks" {
    stage "count" { tasks = 2, program = compute { "300ms", "600ms" } },
    every = "1s",
    batches = 20,
}

-- The gang comes in the middle. Change: tasks = 6, which is more than the service leaves.
local train = job "train" {
    barrier_stage "fit" { tasks = 4, program = loop(5, compute "1s", barrier(), checkpoint()) },
    submit = "5s",
}

-- A fault, and a promise that holds all the same. Change: the rank, the time, the promise.
at "8s" { kill(train:rank(1)) }
expect {
    train:succeeds { within = "1m", attempts = 2 },
    clicks[1]:succeeds { within = "2s" },
}
