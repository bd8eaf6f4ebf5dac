-- A network that loses, doubles and reorders datagrams.
-- See: links number what they send, repeat what is not acknowledged and put it back into order; nothing above them knows.
-- The gang passes its barriers, only later.
-- Verdicts: strict pass
-- Policy: strict, the only one that claims datagrams.
-- Question: how many datagrams were lost for each round that passed?
-- Change: resend = "50ms".

policy "strict"
settings { datagram = true, resend = "200ms" }
local c = cluster { executors = 3, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 6, program = loop(20, compute "1s", barrier()) } }
at "0s" {
    lose(c.executor { 0, 1, 2 }, { permille = 200 }), double(c.executor { 0, 1, 2 }, { permille = 100 }),
    reorder(c.executor { 0, 1, 2 }, { permille = 300, by = "100ms" }),
}

expect { train:succeeds { within = "5m", attempts = 1 }, sometimes("a datagram is lost", record("frame-lost")) }
