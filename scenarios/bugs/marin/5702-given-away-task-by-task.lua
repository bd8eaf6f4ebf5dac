-- A gang loses one worker and starts again; meanwhile its hosts go one by one to small jobs that wait, and it never gets them back.
-- marin#5702: hosts are given to single tasks as they come free, and nothing is kept for the gang that needs all of them.
-- See: with the bug the small jobs get slot after slot while nobody but them is in the gang's way.
-- Verdicts: strict STV
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark RST EXPECT
local bug = param("bug", true, "nothing is reserved for the head of the queue")
scheduler("../../schedulers/easy.lua", { bug = bug and "no_reservation" or "none", estimate = "10s" })

cluster { executors = 8, cores = 1 }
local train = job "train" {
    barrier_stage "fit" { tasks = 8, program = program { compute "20s", barrier() } }, priority = 5 }
for i = 0, 29 do
    job("s" .. i) { stage "run" { tasks = 1, program = compute "10s" }, submit = 1 + 3 * i .. "s" }
end
at "10s" { kill(train:rank(3)) }

limits { overtaken = 4 } -- those who are there when it fails: it is no longer in their way until its last slot is free
expect { train:succeeds { attempts = 2 } }
