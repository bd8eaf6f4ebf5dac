-- Hold and wait, as a permit plugin does it: each task takes a slot when there is one, and waits there for its gang.
-- That alone deadlocks: two gangs hold half the cluster each. What saves it is a timeout, after which a gang gives back what it
-- holds, and waits longer than those before it. Modelled on what coscheduling and Koordinator show.
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/permit.lua --scheduler-param timeout=5s
-- See: `a` and `b` hold half the cluster each until the timeout; then `a` goes first.
-- Verdicts: strict pass; strict --param bug=no_timeout PRG; strict --param interleave=false pass
-- Verdicts: spark PRG
-- Question: what does the cluster do while both hold?
-- Change: --param bug=no_timeout, and look at the circle that the verdict names.

local timeout = param("timeout", "10s", "how long a gang holds what it has")
local interleave = param("interleave", true, "tasks of gangs that wait take turns, as when a queue is sorted task by task")
local bug = param("bug", "none", "what is wrong with it", { "none", "no_timeout" })

local since, again = {}, {} -- by gang: since when it holds, and when it may try again
local vain, vain_at = 0, nil -- how often in a row all was given back and nobody had gone, and when last

-- Of many gangs there are always enough for a circle, however long each waits: after each timeout half as many may begin to hold.
local function few_enough(may, holding)
    local few, most = {}, math.max(#may >> math.min(vain, 31), 1)
    for _, gang in ipairs(may) do
        local holds = gang.held + gang.asked > 0
        if holds or vain == 0 or gang.kind == "tasks" or holding < most then
            few[#few + 1] = gang
            if not holds and gang.kind == "gang" then holding = holding + 1 end
        end
    end
    return few
end

local function place_one(gang, executors, places)
    for _, executor in ipairs(executors) do
        if executor:fits(gang) > 0 then
            executor:take(gang, 1)
            places[#places + 1] = executor.index
            return true
        end
    end
    return false
end

local function place_all(gangs, view) -- one task a turn, or one gang after the other
    local places, more = {}, true
    for i = 1, #gangs do places[i] = {} end
    while more do
        more = false
        for i, gang in ipairs(gangs) do
            while #places[i] < gang.missing and place_one(gang, view.executors, places[i]) do
                more = true
                if interleave then break end
            end
        end
    end
    return places
end

scheduler {
    on_plan = function(view)
        local plan, may, late, wake = {}, {}, 0, nil
        local function wake_by(at) if not wake or at < wake then wake = at end end
        for _, gang in ipairs(view.waiting) do
            local name = gang.job .. "/" .. gang.stage
            if gang.state == "waiting" then since[name] = nil end
            local ends = since[name] and since[name] + view:after(timeout) - view.now
            if ends and view.now >= ends and bug ~= "no_timeout" then
                plan[#plan + 1] = release(gang)
                if vain_at ~= view.now then vain, vain_at = vain + 1, view.now end
                late = late + 1 -- the first tries again soon, the others after it
                since[name], again[name] = nil, view:after "200ms" + (late - 1) * (view:after(timeout) - view.now)
                wake_by(view:after "100ms") -- whoever else waits comes before it
            elseif (again[name] or 0) <= view.now then
                may[#may + 1] = gang
            end
            if again[name] and again[name] > view.now then wake_by(again[name]) end
        end
        local holding = 0
        for _, gang in ipairs(may) do if gang.held + gang.asked > 0 then holding = holding + 1 end end
        may = few_enough(may, holding)
        local places = place_all(may, view)
        for i, gang in ipairs(may) do
            local name = gang.job .. "/" .. gang.stage
            if #places[i] == gang.missing or (gang.kind == "tasks" and #places[i] > 0) then
                plan[#plan + 1] = launch(gang, places[i])
                if gang.kind == "gang" then vain = 0 end
            elseif #places[i] > 0 then
                plan[#plan + 1] = hold(gang, places[i])
            end
            if gang.kind == "gang" and #places[i] > 0 or gang.held + gang.asked > 0 then since[name] = since[name] or view.now end
            if since[name] and bug ~= "no_timeout" then wake_by(since[name] + view:after(timeout) - view.now) end
        end
        if wake and wake > view.now then plan[#plan + 1] = wake_at(wake) end
        return plan
    end,
}

cluster { executors = 4, cores = 2 }
local function gang(name)
    return job(name) { barrier_stage "fit" { tasks = 6, program = program { compute "5s", barrier() } } }
end
local a, b = gang "a", gang "b"

expect { a:succeeds(), b:succeeds() }
