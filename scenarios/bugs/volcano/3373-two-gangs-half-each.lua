-- Two gangs come together, and one of them runs with a part of its members until the other has ended.
-- volcano#3373: a statement is committed although its gang is not ready.
-- Verdicts: strict AON
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark AON
local bug = param("bug", true, "statements of gangs that are not ready are committed")
scheduler("../../schedulers/statement.lua", { bug = bug and "commit_part" or "none" })

cluster { executors = 3, cores = 2 }
local function gang(name)
    return job(name) { barrier_stage "fit" { tasks = 4, program = program { compute "5s", barrier() } } }
end
local one, two = gang "one", gang "two"
expect { one:succeeds(), two:succeeds() }
