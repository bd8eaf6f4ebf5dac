-- Eight slots are free, and two gangs of five hold four of them each: each waits for a fifth, and neither starts.
-- scheduler-plugins#114, #117: the queue puts tasks of one gang back to back, but only those that are in it; one that found no slot comes
-- back when its own back-off ends, and by then tasks of another gang have come first and wait for theirs in Permit.
-- See: `a` takes the four slots that are free at 16 s, its fifth task comes back at 26 s, and at 17 s `b` has taken the others.
-- What ends it is the permit's timeout, a minute later; with --param permit=20d they wait for ever. With policy spark nothing is held.
-- Verdicts: strict STV EXPECT
-- Verdicts: strict --param bug=false pass; strict --param permit=20d PRG STV
-- Verdicts: spark pass
local bug = param("bug", true, "each task backs off by itself, and those of its gang keep their slots")
local permit = param("permit", "60s", "how long a task waits for its gang with a slot in its hands")

local tries, ready = {}, {} -- by job and rank, or 0 for the whole gang: attempts that failed, and when the next may be
local holds_until = {} -- by job: when its tasks in Permit are rejected

local function key(gang, rank) return gang.job .. "/" .. (bug and rank or 0) end

local function back_off(view, gang, rank) -- 1 s, twice as long each time, 10 s at most
    local k = key(gang, rank)
    tries[k] = (tries[k] or 0) + 1
    ready[k] = view:after(math.min(1 << (tries[k] - 1), 10) .. "s")
end

local function find(view, gang)
    for _, executor in ipairs(view.executors) do
        if executor:fits(gang) > 0 then
            executor:take(gang, 1)
            return executor
        end
    end
end

local function give_back(gang, places)
    for _, executor in ipairs(places) do executor:give(gang, 1) end
end

-- The tasks of a gang that are in the queue now, back to back.
local function place(view, gang)
    local places, ranks, failed = {}, {}, {}
    for _, rank in ipairs(gang.ranks) do
        if view.now >= (ready[key(gang, rank)] or 0) then
            local executor = find(view, gang)
            if executor then
                places[#places + 1], ranks[#ranks + 1] = executor, rank
            else
                failed[#failed + 1] = rank
            end
        end
    end
    return places, ranks, failed
end

local function next_time(view) -- when something comes back, or is rejected
    local next
    local function wake_by(at) if at and at > view.now then next = math.min(next or at, at) end end
    for _, gang in ipairs(view.waiting) do
        for _, rank in ipairs(gang.ranks) do wake_by(ready[key(gang, rank)]) end
        wake_by(holds_until[gang.job])
    end
    return next
end

local function reject(view, gang, plan)
    plan[#plan + 1] = release(gang)
    holds_until[gang.job] = nil
    for rank = 0, gang.size - 1 do back_off(view, gang, rank) end
end

local function schedule(view, gang, plan)
    local places, ranks, failed = place(view, gang)
    if gang.held + #places == gang.size then
        plan[#plan + 1] = launch(gang, places, ranks)
        holds_until[gang.job] = nil
        return
    end
    if bug then
        for _, rank in ipairs(failed) do back_off(view, gang, rank) end
        if #places > 0 then
            plan[#plan + 1] = hold(gang, places, ranks)
            holds_until[gang.job] = holds_until[gang.job] or view:after(permit)
        end
    else -- one that fails takes its gang back with it
        give_back(gang, places)
        if #failed > 0 then back_off(view, gang, 0) end
    end
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            if holds_until[gang.job] and view.now >= holds_until[gang.job] then
                reject(view, gang, plan)
            else
                schedule(view, gang, plan)
            end
        end
        local next = next_time(view)
        if next then plan[#plan + 1] = wake_at(next) end
        return plan
    end,
}

cluster { executors = 2, cores = 4 }
local function gang(name, tasks, time, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = compute(time) }, submit = submit }
end
local x, y = gang("x", 4, "15s", "0s"), gang("y", 4, "16500ms", "0s")
local a, b = gang("a", 5, "5s", "1s"), gang("b", 5, "5s", "2s")

limits { wait = "30s" }
expect { x:succeeds(), y:succeeds(), a:succeeds { within = "60s" }, b:succeeds() }
