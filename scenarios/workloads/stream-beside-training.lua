-- A stream of micro-batches, a service without an end, and a training that wants the rest of their cluster.
-- See: the service holds two slots for as long as anybody else is there. A batch of the stream comes every two seconds and
-- takes two and a half, so two overlap. The gang needs all six slots that the service leaves: the stream stands still while it
-- runs, and then catches up.
-- Verdicts: strict pass; strict blocked_head=skip EXPECT; spark EXPECT
-- Policy: strict. Try --set blocked_head=skip: every batch overtakes the gang, which starts when the stream is over.
-- Question: what does the gang cost the stream, and what would the stream cost the gang?
-- Change: let the training take 40 rounds, and watch the lag of the last batch.

policy "strict"
cluster { executors = 2, cores = 4 }
local web = service "web" { stage "serve" { tasks = 2, program = compute "1h" } }
local clicks = stream "clicks" { every = "2s", batches = 30, stage "score" { tasks = 2, program = compute "2500ms" } }
local train = job "train" {
    submit = "12200ms",
    barrier_stage "fit" { tasks = 6, program = loop(10, compute "1s", barrier(), checkpoint()) },
}

expect { train:succeeds { within = "30s", attempts = 1 }, clicks[1]:succeeds(), clicks[#clicks]:succeeds { within = "10s" } }
