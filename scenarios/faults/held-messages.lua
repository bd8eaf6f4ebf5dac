-- A switch keeps a machine's messages for a while and then delivers all of them at once, in order.
-- See: the barrier waits, nobody is lost, and when the messages come the round is released at once.
-- Verdicts: strict pass
-- Policy: strict.
-- Question: what would be different if the messages were lost instead of kept?
-- Change: hold for longer than heartbeat_timeout.

policy "strict"
local c = cluster { executors = 2, cores = 2 }
local train = job "train" { barrier_stage "fit" { tasks = 4, program = loop(10, compute "1s", barrier()) } }
between "3s" "20s" { hold(c.executor[1], { way = "out" }) }

expect { train:succeeds { within = "2m", attempts = 1 } }
