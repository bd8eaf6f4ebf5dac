-- A large job waits for the whole cluster, and small ones that come one after the other always find a slot first.
-- spur#732: busy machines are no candidates, so nothing is ever reserved for the large one.
-- Verdicts: strict STV EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark STV EXPECT
local bug = param("bug", true, "nothing is reserved for the head of the queue")
scheduler("../../schedulers/easy.lua", { bug = bug and "no_reservation" or "none", estimate = "10s" })

cluster { executors = 4, cores = 1 }
for i = 0, 39 do
    job("s" .. i) { stage "run" { tasks = 1, program = compute "10s" }, submit = 3 * i .. "s" }
end
local big = job "big" { barrier_stage "fit" { tasks = 4, program = compute "10s" }, submit = "5s" }
limits { overtaken = 4 }
expect { big:succeeds { within = "40s" } }
