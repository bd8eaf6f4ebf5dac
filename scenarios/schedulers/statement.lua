-- A statement a gang, as Volcano does it: allocate task by task in a plan of one's own, then commit it if enough were placed, or
-- discard it and give the room back to the session. With `preempt` a gang of a higher priority takes the place of lower ones.
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/statement.lua
-- See: `wide` never fits beside `first`, is discarded each time, and `narrow` behind it goes all the same.
-- Verdicts: strict pass; strict --param bug=commit_part AON EXPECT; strict --param bug=keep_discarded EXPECT
-- Question: who starves here, and for how long?
-- Change: --param bug=commit_part: a statement is committed although its gang is not ready.

local preempt = param("preempt", false, "a gang of a higher priority may end lower ones")
local bug = param("bug", "none", "what is wrong with it",
    { "none", "commit_part", "keep_discarded", "evict_part", "evict_before_it_fits", "evict_bundle", "head_reclaims", "leaves_out" })

local function allocate(gang, executors)
    local places, taken = {}, {}
    for _, executor in ipairs(executors) do
        local tasks = math.min(executor:fits(gang), gang.missing - #places)
        executor:take(gang, tasks)
        taken[#taken + 1] = { executor = executor, tasks = tasks }
        for _ = 1, tasks do places[#places + 1] = executor.index end
    end
    return places, taken
end

local function discard(gang, taken)
    if bug == "keep_discarded" then return end -- the session goes on as if it were used
    for _, t in ipairs(taken) do t.executor:give(gang, t.tasks) end
end

-- Lower ones, the latest first, until enough of their slots are this gang's: whole gangs, and of independent tasks no more than it takes.
local function victims(view, gang, missing)
    local list, sum = {}, 0
    -- The bug: the statement has those tasks alone that need a victim, and is committed only if it has the whole gang.
    if bug == "leaves_out" and missing < gang.least then return {} end
    for i = #view.running, 1, -1 do
        local other = view.running[i]
        if sum < missing and other.state == "running" and other.priority < gang.priority then
            local ranks, take = nil, other.running
            local single = (other.kind == "tasks" and bug ~= "evict_bundle") or bug == "evict_part"
            if single and take > missing - sum then
                take, ranks = missing - sum, {}
                for rank = other.size - take, other.size - 1 do ranks[#ranks + 1] = rank end
            end
            list[#list + 1] = evict(other, ranks)
            sum = sum + take
        end
    end
    return (sum >= missing or bug == "evict_before_it_fits" or bug == "head_reclaims") and list or {}
end

scheduler {
    on_plan = function(view)
        local plan, ending = {}, false
        local queue = {}
        for i, gang in ipairs(view.waiting) do queue[i] = gang end
        for _, gang in ipairs(view.running) do ending = ending or gang.state == "ending" end
        table.sort(queue, function(a, b) return a.priority > b.priority end)
        local head -- the first that does not fit, of each priority: with the bug those behind it wait
        for _, gang in ipairs(queue) do
            local places, taken = {}, {}
            if bug ~= "head_reclaims" or gang.priority ~= head then places, taken = allocate(gang, view.executors) end
            if #places >= gang.least or (bug == "commit_part" and #places > 0) then
                plan[#plan + 1] = launch(gang, places)
            else
                discard(gang, taken)
                if gang.priority == head then goto next end
                head = bug == "head_reclaims" and gang.priority or nil
                for _, d in ipairs(preempt and not ending and victims(view, gang, gang.least - #places) or {}) do
                    plan[#plan + 1] = d
                    ending = true -- one preemption at a time: what it frees is not free yet
                end
            end
            ::next::
        end
        return plan
    end,
}

cluster { executors = 4, cores = 2 }
local function gang(name, tasks, time, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = program { compute(time), barrier() } }, submit = submit }
end
local first, wide, narrow = gang("first", 4, "30s", "0s"), gang("wide", 6, "5s", "1s"), gang("narrow", 3, "5s", "2s")

expect { first:succeeds(), wide:succeeds(), narrow:succeeds { within = "10s" } }
