-- The topology is deleted and made again, and machines that are full count as empty: two gangs are given the same one.
-- kueue#8755: what is used of each machine is a number kept beside the topology; it goes with it, and nobody counts anew who runs.
-- See: `next` is sent to the machine where `long` runs. With --param recreate=false nothing is lost, and the number is right.
-- With policy spark who finds no slot is not sent, and tries again.
-- Verdicts: strict CAP EXPECT
-- Verdicts: strict --param bug=false pass; strict --param recreate=false pass
-- Verdicts: spark pass
local bug = param("bug", true, "a topology that was made anew begins with nothing used")
local recreate = param("recreate", true, "the topology is deleted and made again at 5 s")

local used = {} -- by executor: cores that those who were admitted use, as the cache has it
local assigned = {} -- by order of submission: what was added for it, { executor, cores }

local function add(list, sign)
    for _, a in ipairs(list) do used[a.executor] = (used[a.executor] or 0) + sign * a.cores end
end

local function forget_who_has_gone(view)
    local there = {}
    for _, list in ipairs { view.running, view.waiting } do
        for _, gang in ipairs(list) do there[gang.order] = true end
    end
    for order, list in pairs(assigned) do
        if not there[order] then
            add(list, -1)
            assigned[order] = nil
        end
    end
end

local function made_anew()
    used = {}
    for _, list in pairs(bug and {} or assigned) do add(list, 1) end
end

local function room(executor, gang) return (executor.total_cores - (used[executor.index] or 0)) // gang.cores end

local function admit(view, gang) -- it keeps the machines it was given, whether or not its tasks find room there
    local list, lacks = {}, gang.missing
    for _, executor in ipairs(view.executors) do
        for _ = 1, math.min(room(executor, gang), lacks) do
            list[#list + 1], lacks = { executor = executor.index, cores = gang.cores }, lacks - 1
        end
    end
    if lacks > 0 then return end
    assigned[gang.order] = list
    add(list, 1)
end

local again = {} -- by order of submission: when tasks that found no room are tried again
local function start(view, gang, plan)
    if view.now < (again[gang.order] or 0) then return end
    local places = {}
    for i, a in ipairs(assigned[gang.order]) do places[i] = a.executor end
    again[gang.order] = view:after "5s"
    plan[#plan + 1], plan[#plan + 2] = launch(gang, places), wake_at(again[gang.order])
end

local deletion
local kept = recreate -- the topology of the beginning is still to be deleted
scheduler {
    on_plan = function(view)
        local plan = {}
        deletion = deletion or view:after "5s" -- asked for the first time at 0 s
        forget_who_has_gone(view)
        if kept and view.now >= deletion then
            made_anew()
            kept = false
        end
        for _, gang in ipairs(view.waiting) do
            if gang.held + gang.asked == 0 then
                if not assigned[gang.order] then admit(view, gang) end
                if assigned[gang.order] then start(view, gang, plan) end
            end
        end
        return plan
    end,
}

cluster { executors = 2, cores = 2 }
local function gang(name, tasks, time, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = program { compute(time), barrier() } }, submit = submit }
end
local long, short, next = gang("long", 2, "20s", "0s"), gang("short", 1, "15s", "1s"), gang("next", 2, "5s", "6s")
expect { long:succeeds(), short:succeeds(), next:succeeds(), never("slots that are not there", record("reserve-nack")) }
