-- Three bundles are to be on three machines. One machine dies, and its bundle is placed again beside another of its group.
-- ray#12647: strict spread looks at the bundles that are placed now, and not at those that have their places already.
-- See: rank 2 goes to the first machine with a slot, where rank 0 is; it should wait for the machine that comes back at 15 s.
-- When that one machine dies as well, two bundles of the three are gone.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "a repair does not see where the others of the group are")

local function taken_by(gang) -- machines that have one of it
    local taken = {}
    for _, place in ipairs(bug and {} or gang.places) do taken[place.executor] = true end
    return taken
end

local function spread(view, gang)
    local places, taken = {}, taken_by(gang)
    for _, executor in ipairs(view.executors) do
        if #places < gang.missing and not taken[executor.index] and executor:fits(gang) > 0 then
            places[#places + 1], taken[executor.index] = executor.index, true
        end
    end
    return places
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            local places = spread(view, gang)
            if #places >= gang.least and #places > 0 then plan[#plan + 1] = launch(gang, places) end
        end
        return plan
    end,
}

settings { heartbeat = "500ms", heartbeat_timeout = "2s" }
local c = cluster { executors = 3, cores = 2 }
local group = job "group" { stage "bundle" { tasks = 3, min = 3, program = program { compute "20s", meet("group", { tasks = 3 }) } } }
at "5s" { crash(c.executor[2]) }
at "15s" { restart(c.executor[2]) }
expect {
    group:succeeds(),
    never("two on the first machine", record("start", { job = group, executor = c.executor[0], nth = 2 })),
    never("two on the second machine", record("start", { job = group, executor = c.executor[1], nth = 2 })),
}
