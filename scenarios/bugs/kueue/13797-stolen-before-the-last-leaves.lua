-- Two gangs are evicted for a third. One leaves at once, the other takes its time; what the first leaves is given away until then.
-- kueue PR#13797: nothing keeps freed quota for whom it was freed until the last victim has left.
-- See: when `slow` has left, `quick` is back in its slots and is evicted, and meanwhile `slow` is back: `high` never finds both gone.
-- Verdicts: strict EVA
-- Verdicts: strict --param bug=false pass; strict --param grace=100ms pass
-- Verdicts: spark GEN EVA
local bug = param("bug", true, "nothing is kept for whom it was freed")
local grace = param("grace", "20s", "how long `slow` takes to leave")

local next_cycle = 0
local freed_for -- the job that others were evicted for, until it has been launched

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
        if view.now < next_cycle then return { wake_at(next_cycle) } end
        next_cycle = view:after "1s"
        local plan, queue, ending = { wake_at(next_cycle) }, {}, false
        for i, gang in ipairs(view.waiting) do queue[i] = gang end
        for _, gang in ipairs(view.running) do ending = ending or gang.state == "ending" end
        table.sort(queue, function(a, b) return a.priority > b.priority end)
        for _, gang in ipairs(queue) do
            local places = view:first_fit(gang)
            if #places > 0 then
                plan[#plan + 1] = launch(gang, places)
                if freed_for == gang.job then freed_for = nil end
            elseif not ending then
                local free = 0
                for _, executor in ipairs(view.executors) do free = free + executor:fits(gang) end
                for _, d in ipairs(victims(view, gang, gang.missing - free)) do
                    plan[#plan + 1], ending, freed_for = d, true, gang.job
                end
            end
            if freed_for == gang.job and not bug then break end -- nobody behind it gets what is freed for it
        end
        return plan
    end,
}

settings { kill_grace = "60s", release_wait = "90s", retry_delay = "0s" } -- who was evicted is back in its queue at once
cluster { executors = 4, cores = 1 }
local function gang(name, tasks, time, priority, submit)
    return job(name) { submit = submit, priority = priority,
        barrier_stage "fit" { tasks = tasks, program = program { compute(time), barrier() } } }
end
local slow, quick = gang("slow", 2, "30s", 0, "0s"), gang("quick", 2, "30s", 0, "0s")
local high = gang("high", 4, "5s", 5, "3s")
for attempt = 0, 9 do
    when(slow:starts { rank = 0, attempt = attempt }) { linger(slow:rank(0), grace) }
end

limits { virtual = "3m" } -- it would go on for ever
expect { slow:succeeds(), quick:succeeds(), high:succeeds() }
