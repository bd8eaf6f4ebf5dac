-- A job is evicted for another, a third takes the place, and what it leaves free would do for the first, which waits all the same.
-- k8s#126700: a waiting pod that others were evicted for is nominated for the node, and its nomination stays when it no longer fits; to
-- pods of a lower priority the node is full.
-- See: `low` needs 10 GiB, 12 are free, and `mid`, which is not there, has 25 of them.
-- Verdicts: strict STV EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark STV EXPECT
-- Question: who takes `mid`'s nomination away, and when, if nobody withdraws it?
local bug = param("bug", true, "a nomination stays when it no longer fits")

local nominated = {} -- by job: the executor that it was nominated for, and what it needs of it

local function has_room(gang, executor) -- beside what is nominated there, of its priority or a higher one
    local room = executor.memory
    for job, n in pairs(nominated) do
        if job ~= gang.job and n.executor == executor.index and n.priority >= gang.priority then room = room - n.memory end
    end
    return room >= gang.memory and executor:fits(gang) > 0
end

-- Whether it fits once those of a lower priority are gone, and who they are.
local function victims(view, gang, executor)
    local list, room = {}, executor.memory
    for _, other in ipairs(view.running) do
        local here = #other.places > 0 and other.places[1].executor == executor.index
        if here and other.priority < gang.priority then
            room = room + other.memory
            if other.state == "running" then list[#list + 1] = other end
        end
    end
    return room >= gang.memory, list
end

local function place_or_preempt(view, gang, plan)
    for _, executor in ipairs(view.executors) do
        if has_room(gang, executor) then
            executor:take(gang, 1)
            plan[#plan + 1], nominated[gang.job] = launch(gang, { executor }), nil
            return
        end
    end
    for _, executor in ipairs(view.executors) do
        local would_do, list = victims(view, gang, executor)
        if would_do then
            for _, other in ipairs(list) do plan[#plan + 1] = evict(other) end
            nominated[gang.job] = { executor = executor.index, memory = gang.memory, priority = gang.priority }
            return
        end
    end
    if not bug then nominated[gang.job] = nil end -- it fits nowhere, and keeps nobody out
end

scheduler {
    on_plan = function(view)
        local plan, queue = {}, {}
        for i, gang in ipairs(view.waiting) do queue[i] = gang end
        table.sort(queue, function(a, b) return a.priority > b.priority end)
        for _, gang in ipairs(queue) do place_or_preempt(view, gang, plan) end
        return plan
    end,
}

settings { kill_grace = "10s" }
cluster { executors = 1, cores = 8, memory = "32GiB" }
local function pod(name, memory, time, priority, submit)
    return job(name) { submit = submit, priority = priority,
        barrier_stage "run" { tasks = 1, memory = memory, program = compute(time) } }
end
local low = pod("low", "10GiB", "10s", 1, "0s")
local mid, high = pod("mid", "25GiB", "5s", 5, "3s"), pod("high", "20GiB", "5m", 9, "4s")
at "2s" { linger(low:rank(0), "3s") } -- it is still ending when `high` comes

limits { wait = "30s" }
expect { low:succeeds { within = "30s" }, mid:succeeds(), high:succeeds() }
