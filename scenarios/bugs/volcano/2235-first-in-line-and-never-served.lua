-- A gang that has waited longest is always put first, and small gangs of a lower priority always find room before it does.
-- volcano#2235, #3095, #748, #1901: an agreed waiting time decides who is looked at first, and holds nothing for it.
-- Verdicts: strict STV
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark STV
local bug = param("bug", true, "the first in line is looked at first, and nothing is held for it")
scheduler("../../schedulers/easy.lua", { bug = bug and "no_reservation" or "none", estimate = "12s" })

cluster { executors = 4, cores = 1 }
for i = 0, 19 do
    job("pair" .. i) { barrier_stage "fit" { tasks = 2, program = program { compute "12s", barrier() } }, submit = 5 * i .. "s" }
end
local first = job "first" {
    barrier_stage "fit" { tasks = 4, program = program { compute "10s", barrier() } }, priority = 5, submit = "2s" }

limits { overtaken = 2, wait = "30s" }
expect { first:succeeds() }
