-- A gang that needs eight loses five of ten, and the five are placed one by one as if it still had eight.
-- scheduler-plugins#361: `scheduled` grows by one with each task that is bound, and nothing takes away those that have gone.
-- See: two machines come back, and `train` takes both: seven of the eight without which it is worth nothing. `small` could have used them.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "what has gone still counts as scheduled")

local scheduled = {} -- by job: the status that its controller keeps

local function count(gang)
    if bug then return scheduled[gang.job] or 0 end
    return gang.size - gang.missing
end

local function find(view, gang)
    local places = {}
    for _, executor in ipairs(view.executors) do
        local tasks = math.min(executor:fits(gang), gang.missing - #places)
        for _ = 1, tasks do places[#places + 1] = executor end
    end
    return places
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            local places = find(view, gang)
            if #places > 0 and count(gang) + #places >= gang.min then -- it has its min, or will have it with these
                for _, executor in ipairs(places) do executor:take(gang, 1) end
                plan[#plan + 1] = launch(gang, places)
                scheduled[gang.job] = (scheduled[gang.job] or 0) + #places
            end
        end
        return plan
    end,
}

settings { heartbeat = "500ms", heartbeat_timeout = "2s" }
local c = cluster { executors = 10, cores = 1 }
local work = program { compute "30s", on_rank(0, 7, meet("train", { tasks = 8 })) }
local train = job "train" { stage "worker" { tasks = 10, min = 8, program = work } }
local small = job "small" { stage "run" { tasks = 2, min = 2, program = compute "5s" }, submit = "10s" }
at "5s" { crash(c.executor { 5, 6, 7, 8, 9 }) }
at "15s" { restart(c.executor { 8, 9 }) }
at "60s" { restart(c.executor { 5, 6, 7 }) }
expect { train:succeeds(), small:succeeds { within = "15s" } }
