-- A machine is taken out of service while a gang runs on it.
-- See: nothing new is placed there, what runs may go on for 20 s; then it is gone, and the gang starts again elsewhere. The
-- loss is nobody's fault and uses up no attempt.
-- Verdicts: strict pass; spark EXPECT or RST EXPECT
-- Policy: strict.
-- Question: what does the second job, submitted while the machine drains, run on?
-- Change: give it enough time to finish.

policy "strict"
settings { attempts = 1 }
local c = cluster { executors = 4, cores = 1 }
local train = job "train" { barrier_stage "fit" { tasks = 2, program = loop(60, compute "1s", barrier(), checkpoint()) } }
local other = job "other" { submit = "15s", stage "run" { tasks = 2, program = compute "2s" } }
at "10s" { drain(c.executor[0], "20s") }

expect {
    train:succeeds { within = "5m", attempts = 2 }, other:succeeds { within = "1m" },
    never("the other job is placed on it", record("start", { job = other, executor = c.executor[0] })),
}
