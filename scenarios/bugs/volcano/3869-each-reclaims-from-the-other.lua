-- Two jobs that would both take more than there is evict each other's tasks, and neither finishes one.
-- volcano#3869: whoever has something that waits reclaims, although it has its share.
-- Verdicts: strict EVA
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA
local bug = param("bug", true, "whoever has something that waits reclaims")
scheduler("../../schedulers/reclaim.lua", { bug = bug and "pending" or "none" })

cluster { executors = 6, cores = 1 }
local function elastic(name, submit)
    return job(name) { stage "run" { tasks = 5, min = 1, program = compute "20s" }, submit = submit }
end
local a, b = elastic("a", "0s"), elastic("b", "5s")

limits { virtual = "2m" } -- it would go on for ever
expect { a:succeeds(), b:succeeds() }
