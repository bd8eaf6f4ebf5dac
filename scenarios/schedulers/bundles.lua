-- Bundles, as Ray's placement groups have them: made together or not at all, and repaired one by one when machines are lost.
-- A group is a stage with `min`: so many of its tasks start together; after that a lost one is placed again alone, while the others
-- keep their slots. That is hold and wait once more: two groups that each lost one bundle may wait for each other's slot for ever.
-- What helps is to dissolve one of them. Task i goes to a machine of rack i.
-- As a scheduler of any scenario with a rack for each task: muster run FILE --scheduler scenarios/schedulers/bundles.lua
-- See: after both crashes `b` is dissolved, `a` is repaired with its slot, and `b` is made anew.
-- Verdicts: strict pass; strict --param repair=in_place PRG
-- Question: who pays for the repair of `a`?
-- Change: --param repair=in_place: each waits for a slot that the other holds.

local repair = param("repair", "dissolve", "what becomes of a group that has lost a bundle", { "dissolve", "in_place" })

local function room_for(view, gang, rank)
    for _, executor in ipairs(view.executors) do
        if executor.rack == rank and executor:fits(gang) > 0 then return executor end
    end
end

local function place(view, gang) -- each rank that waits, or none of them
    local taken, places = {}, {}
    for i, rank in ipairs(gang.ranks) do
        local executor = room_for(view, gang, rank)
        if not executor then
            for _, t in ipairs(taken) do t:give(gang, 1) end
            return {}
        end
        executor:take(gang, 1)
        taken[i], places[i] = executor, executor.index
    end
    return places
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
        if repair == "dissolve" and #broken > 1 then plan[#plan + 1] = evict(broken[#broken]) end
        return plan
    end,
}

local c = cluster { executors = 4, cores = 1, racks = 2 }
local function group(name, submit)
    return job(name) {
        stage "bundle" { tasks = 2, min = 2, program = program { compute "20s", meet(name, { tasks = 2 }) } }, submit = submit }
end
local a, b = group("a", "0s"), group("b", "1s")
at "5s" { crash(c.executor[0], { for_good = true }), crash(c.executor[3], { for_good = true }) }

expect { a:succeeds(), b:succeeds() }
