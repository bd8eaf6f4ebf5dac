-- First come, first served: as many from the head of the queue as there is room for, and who does not fit makes the others wait.
-- The smallest scheduler that is right. A gang is launched whole or not at all, and nothing is held for anybody, so gangs cannot
-- wait for each other; but a large one at the head leaves slots idle that smaller ones behind it could use (see easy.lua).
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/fifo.lua
-- See: `small` waits behind `large` although there is room for it, and goes when `large` has gone.
-- Verdicts: strict pass
-- Question: how long are slots idle while somebody waits?
-- Change: skip who does not fit instead of stopping there, and count who overtakes whom.

local function spread(gang, executors) -- one executor a task, those with most room first
    local places = {}
    for _, executor in ipairs(executors) do
        local tasks = math.min(executor:fits(gang), gang.missing - #places)
        executor:take(gang, tasks)
        for _ = 1, tasks do places[#places + 1] = executor.index end
    end
    return places
end

local function room(gang, executors)
    local tasks = 0
    for _, executor in ipairs(executors) do tasks = tasks + executor:fits(gang) end
    return tasks
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            if room(gang, view.executors) < gang.least then break end
            local places = spread(gang, view.executors)
            plan[#plan + 1] = launch(gang, places)
            if #places < gang.missing then break end
        end
        return plan
    end,
}

-- Where it can be seen, if it is run by itself.
cluster { executors = 4, cores = 4 }
local function gang(name, tasks, seconds, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = program { compute(seconds), barrier() } }, submit = submit }
end
local first = gang("first", 10, "20s", "0s")
local large = gang("large", 12, "20s", "1s")
local small = gang("small", 2, "5s", "2s")
local etl = job "etl" { stage "load" { tasks = 24, program = compute "2s" }, submit = "3s" }

expect { first:succeeds(), large:succeeds { within = "45s" }, small:succeeds { within = "50s" }, etl:succeeds() }
