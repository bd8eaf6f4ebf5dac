-- Gangs of two groups stand in the queue by turns: the first of each takes its slots, and waits for the second, which finds none.
-- koordinator#872: the queue is sorted by gang, and not by the group of gangs that only make sense together.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark PRG
local bug = param("bug", true, "the queue is sorted by gang")
scheduler("../../schedulers/groups.lua", { bug = bug and "by_gang" or "none" })

cluster { executors = 4, cores = 1 }
local function gang(name, group)
    return job(name) { barrier_stage "fit" { tasks = 2, group = group, program = program { compute "5s", meet("group " .. group, { tasks = 4 }) } } }
end
local a, c, b, d = gang("a", 0), gang("c", 1), gang("b", 0), gang("d", 1)
expect { a:succeeds(), b:succeeds(), c:succeeds(), d:succeeds() }
