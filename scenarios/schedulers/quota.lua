-- Quota first, then placement, as Kueue does it: a gang is admitted when its queue's quota has room for it, and only then placed.
-- Modelled on Kueue with topology-aware placement: both checks must say yes in one and the same plan. What goes wrong is a yes of the
-- sum where the shapes of the machines say no, a snapshot that two admissions of one cycle share, and slots that are counted as
-- free while what ran in them is still ending.
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/quota.lua --scheduler-param quota=16
-- See: `c` would fit the machines and not the quota, and waits for `a`.
-- Verdicts: strict pass; strict --param bug=one_snapshot EXPECT; strict --param bug=sum CAP EXPECT
-- Question: which of the two checks made `c` wait?
-- Change: --param bug=one_snapshot: two gangs are given the same slots, and a machine has to refuse one.

local quota = param("quota", 12, "cores that may be in use at one time")
local bug = param("bug", "none", "what is wrong with it", { "none", "sum", "one_snapshot", "terminating", "counts_queued" })

local function used(view)
    local sum = 0
    for _, list in ipairs { view.running, view.waiting } do
        for _, gang in ipairs(list) do
            local counts = gang.state ~= "ending" or bug ~= "terminating"
            for _, place in ipairs(counts and gang.places or {}) do sum = sum + place.count * gang.cores end
        end
    end
    return sum
end

-- What ends is not free yet; the bug gives it back too early.
local function free_too_early(view)
    for _, gang in ipairs(view.running) do
        for _, place in ipairs(gang.state == "ending" and gang.places or {}) do
            for _, executor in ipairs(view.executors) do
                if executor.index == place.executor then executor:give(gang, place.count) end
            end
        end
    end
end

local function by_the_sum(gang, executors) -- as many as there are cores in all, dealt out evenly
    local cores, places = 0, {}
    for _, executor in ipairs(executors) do cores = cores + executor.cores end
    if cores < gang.missing * gang.cores then return {} end
    for i = 1, gang.missing do places[i] = executors[(i - 1) % #executors + 1].index end
    return places
end

-- The bug: a gate before the queue lets in as many as the quota has room for, running or not, and those who were let in first keep
-- the others out although there is no machine for them.
local let_in = {}
local function gate(view)
    local sum = used(view)
    for _, gang in ipairs(view.waiting) do
        if let_in[gang.job] then sum = sum + gang.missing * gang.cores end
    end
    for _, gang in ipairs(view.waiting) do
        local wants = gang.missing * gang.cores
        if not let_in[gang.job] and sum + wants <= quota then let_in[gang.job], sum = true, sum + wants end
    end
end

scheduler {
    on_plan = function(view)
        local plan, left = {}, quota - used(view)
        if bug == "counts_queued" then gate(view) end
        if bug == "terminating" then free_too_early(view) end
        for _, gang in ipairs(view.waiting) do
            local wants = gang.missing * gang.cores
            local may = bug ~= "counts_queued" or let_in[gang.job]
            if may and gang.held + gang.asked == 0 and (wants <= left or gang.kind == "tasks") then
                local places = bug == "sum" and by_the_sum(gang, view.executors) or view:first_fit(gang)
                if #places > 0 then
                    plan[#plan + 1] = launch(gang, places)
                    left = left - #places * gang.cores
                end
                if bug == "one_snapshot" then
                    for _, index in ipairs(places) do view.executors[index + 1]:give(gang, 1) end
                end
            end
        end
        return plan
    end,
}

cluster { executors = 2, cores = 8 }
local function gang(name, tasks, cores, submit)
    return job(name) {
        barrier_stage "fit" { tasks = tasks, cores = cores, program = program { compute "10s", barrier() } }, submit = submit }
end
local a, b = gang("a", 4, 2, "0s"), gang("b", 2, 2, "0s")
local c, d = gang("c", 2, 3, "1s"), gang("d", 1, 6, "12s")

expect { a:succeeds(), b:succeeds(), c:succeeds(), d:succeeds { within = "15s" },
    never("slots that are not there", record("reserve-nack")) }
