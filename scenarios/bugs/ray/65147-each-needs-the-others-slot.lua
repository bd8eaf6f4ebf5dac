-- Two groups lose a machine each, and each is left with the slot that the other needs.
-- ray#65147: lost bundles are placed again one by one, and the rest of their group keeps what it has.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark PRG
local bug = param("bug", true, "groups are repaired in place")
scheduler("../../schedulers/bundles.lua", { repair = bug and "in_place" or "dissolve" })

local c = cluster { executors = 4, cores = 1, racks = 2 } -- two machines of each kind
local function group(name)
    return job(name) { stage "bundle" { tasks = 2, min = 2, program = program { compute "20s", meet(name, { tasks = 2 }) } } }
end
local a, b = group "a", group "b"
at "5s" { crash(c.executor[0], { for_good = true }), crash(c.executor[3], { for_good = true }) }
expect { a:succeeds(), b:succeeds() }
