-- A GPU dies on a machine whose other GPU somebody else uses.
-- See: `train` has the second GPU of executor 0, which dies at 5 s; the first one is the service's, and stays so. `train` waits until `batch`
-- gives a GPU of executor 1 back, and begins again there.
-- Verdicts: strict pass; spark BAR RST EXPECT
-- Policy: strict. Try --policy spark, where the failure of the last stage is the job's.
-- Question: what does the driver take off, and what must it not take for free, when it hears what executor 0 has left?
-- Change: cancel the service at 10s.

policy "strict"
local c = cluster { executors = 2, cores = 4, gpus = 2 }
service "web" { stage "serve" { tasks = 1, gpus = 1, prefers = c.executor[0], program = compute "1h" } }
local batch = job "batch" { submit = "1s", stage "map" { tasks = 1, gpus = 1, prefers = c.executor[1], program = compute "30s" } }
local train = job "train" {
    submit = "2s",
    barrier_stage "fit" { tasks = 2, gpus = 1, program = loop(10, compute "1s", barrier(), checkpoint()) },
}
at "5s" { lose_gpu(c.executor[0], 1) }

expect { batch:succeeds { within = "31s" }, train:succeeds { within = "1m", attempts = 2 } }
