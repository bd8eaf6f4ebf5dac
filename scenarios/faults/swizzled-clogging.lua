-- Links are clogged one after the other, and freed in another order.
-- See: every message takes long for a while, and what was sent first may be decided last. Nothing is lost, so nothing
-- restarts; only time passes.
-- Verdicts: strict pass
-- Policy: strict.
-- Question: which barrier took longest, and because of whom?
-- Change: clog by more than heartbeat_timeout.

policy "strict"
local c = cluster { executors = 5, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 10, program = loop(60, compute "1s", barrier()) } }
local clogged, freed = { 3, 0, 4, 1, 2 }, { 1, 3, 2, 4, 0 }
for i = 1, 5 do
    at(10 + 2 * i .. "s") { clog(c.executor[clogged[i]], { by = "700ms" }) }
    at(25 + 2 * i .. "s") { mend(c.executor[freed[i]]) }
end

expect { train:succeeds { within = "5m", attempts = 1 } }
