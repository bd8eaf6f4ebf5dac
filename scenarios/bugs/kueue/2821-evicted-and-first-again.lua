-- A gang evicts another of a lower priority to borrow its quota; the evicted one is older, stands before it again, and takes it back.
-- kueue#2821; #3779 and #14543 are other ways into the loop: who is evicted keeps the place in the queue that its age gives it.
-- See: preempt, admit, preempt: `low` is begun again and again, and `high` never.
-- Verdicts: strict EVA
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA
-- Question: why is it enough that who was evicted counts from then?
local bug = param("bug", true, "who was evicted keeps its place in the queue")

-- Priority orders each queue, and decides who may evict whom; between queues that share their quota the age decides.
local function since(gang) return bug and gang.submitted or gang.queued end

local function victims(view, gang, missing)
    local list, sum = {}, 0
    for i = #view.running, 1, -1 do
        local other = view.running[i]
        if sum < missing and other.state == "running" and other.priority < gang.priority then
            list[#list + 1], sum = evict(other), sum + other.running
        end
    end
    return sum >= missing and list or {}
end

scheduler {
    on_plan = function(view)
        local plan, queue, ending = { wake_at(view:after "1s") }, {}, false
        for i, gang in ipairs(view.waiting) do queue[i] = gang end
        for _, gang in ipairs(view.running) do ending = ending or gang.state == "ending" end
        table.sort(queue, function(a, b) return since(a) < since(b) end)
        for _, gang in ipairs(queue) do
            local places = view:first_fit(gang)
            if #places > 0 then
                plan[#plan + 1] = launch(gang, places)
            elseif not ending then
                local free = 0
                for _, executor in ipairs(view.executors) do free = free + executor:fits(gang) end
                for _, d in ipairs(victims(view, gang, gang.missing - free)) do plan[#plan + 1], ending = d, true end
            end
        end
        return plan
    end,
}

settings { retry_delay = "0s" } -- who was evicted is back in its queue at once
cluster { executors = 6, cores = 1 } -- two queues, each with a quota of three
local function gang(name, tasks, time, priority, submit)
    return job(name) { submit = submit, priority = priority,
        barrier_stage "fit" { tasks = tasks, program = program { compute(time), barrier() } } }
end
local own = gang("own", 2, "2m", 5, "0s") -- the queue of `high`: with both of them it borrows
local low, high = gang("low", 4, "20s", 0, "1s"), gang("high", 3, "5s", 5, "5s")

limits { virtual = "5m" } -- it would go on for ever
expect { own:succeeds(), high:succeeds(), low:succeeds() }
