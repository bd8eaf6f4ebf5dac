-- Executor 1 is lost with the go of rank 1 of b, which is gone with it: when rank 0 is evicted, b is evicted whole (EVA-1). Seed 1.
local c = cluster { executors = 4, cores = 1, racks = 2 }
network { latency = "1s" }

-- Bundles: task i of a group goes to a machine of rack i, all that wait or none; of two that have lost one the last is dissolved.
local function place(view, gang)
    local places = {}
    for _, rank in ipairs(gang.ranks) do
        for _, executor in ipairs(view.executors) do
            if executor.rack == rank and executor:fits(gang) > 0 then places[rank] = executor end
        end
        if not places[rank] then return {} end
    end
    local indices = {}
    for i, rank in ipairs(gang.ranks) do
        places[rank]:take(gang, 1)
        indices[i] = places[rank].index
    end
    return indices
end

scheduler {
    on_plan = function(view)
        local plan, broken = {}, {}
        for _, gang in ipairs(view.waiting) do
            local places = place(view, gang)
            if #places > 0 then
                plan[#plan + 1] = launch(gang, places)
            elseif gang.running > 0 then
                broken[#broken + 1] = gang
            end
        end
        if #broken > 1 then plan[#plan + 1] = evict(broken[#broken]) end
        return plan
    end,
}

for i, name in ipairs { "a", "b" } do
    job(name) {
        stage "bundle" { tasks = 2, min = 2, program = program { compute "20s", meet(name, { tasks = 2 }) } },
        submit = (i - 1) .. "s",
    }
end
at "2500ms" { crash(c.executor[2], { for_good = true }) }
at "3500ms" { crash(c.executor[1], { for_good = true }) }
