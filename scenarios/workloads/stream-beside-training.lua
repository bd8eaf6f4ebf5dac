-- A stream of micro-batches, a service without an end, and a training that wants half of their cluster.
-- See: the service holds two slots for as long as anybody else is there. A batch of the stream comes every two seconds and
-- takes two and a half, so two overlap; while the gang runs there is room for one at a time, and the stream falls behind.
-- Verdicts: strict pass; strict blocked_head=skip pass
-- Policy: strict. Try --set blocked_head=skip, where batches overtake the gang that waits for its slots.
-- Question: what does the gang's wait cost the stream, and what would the stream's cost the gang?
-- Change: let the training take 40 rounds, and watch the lag of the last batch.

policy "strict"
cluster { executors = 2, cores = 4 }
local web = service "web" { stage "serve" { tasks = 2, program = compute "1h" } }
local clicks = stream "clicks" { every = "2s", batches = 30, stage "score" { tasks = 2, program = compute "2500ms" } }
local train = job "train" {
    submit = "10500ms",
    barrier_stage "fit" { tasks = 4, program = loop(20, compute "1s", barrier(), checkpoint()) },
}

expect { train:succeeds { within = "1m", attempts = 1 }, clicks[1]:succeeds(), clicks[#clicks]:succeeds { within = "10s" } }
