-- Where tasks go: Spark tries executors in another order in each round, strict from the lowest number on.
-- See: the executors of the six small jobs. Under strict it is executor 0 each time; with offers=shuffled it is decided by dice
-- (B-32), and the same seed gives the same ones again.
-- Policy: strict. Try --set offers=shuffled, with --seed 1 and --seed 2, and --policy spark.
-- Question: on which executors does the gang run, and why does the order not matter to it?
-- Change: take one task off the gang, and see which executor is left out under each seed.
-- Verdicts: strict pass; strict offers=shuffled pass; spark pass

cluster { executors = 4, cores = 1 }
for i = 0, 5 do
    local small = job("small-" .. i) { submit = 2 * i .. "s", stage "run" { tasks = 1, program = compute "1s" } }
    expect { small:succeeds { within = "3s" } }
end
local gang = job "gang" { submit = "12s", barrier_stage "fit" { tasks = 4, program = program { compute "1s", barrier() } } }

expect { gang:succeeds { within = "5s", attempts = 1 } }
