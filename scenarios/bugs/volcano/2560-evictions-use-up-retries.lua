-- A job of a low priority is evicted for others a few times, and is failed for it, though nothing of it has ever failed.
-- volcano#2560, #5885: an eviction ends tasks, a task that ends so raises a failure, and each failure costs the job a retry.
-- See: `low` has begun three times when its controller looks whether it may begin a fourth time.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass; strict --param others=2 pass
-- Verdicts: spark EXPECT
-- Question: why is a number of evictions no reason to give a job up, and a number of failures one?
local bug = param("bug", true, "each attempt that has ended costs a retry, whatever has ended it")
local others = param("others", 3, "jobs of a higher priority, each of which evicts it", { min = 1, max = 6 })
local retries = 3

local function used_up(gang) return (bug and gang.attempts or gang.failures) >= retries end

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
        local plan, queue, ending = {}, {}, false
        for i, gang in ipairs(view.waiting) do queue[i] = gang end
        for _, gang in ipairs(view.running) do ending = ending or gang.state == "ending" end
        table.sort(queue, function(a, b) return a.priority > b.priority end)
        for _, gang in ipairs(queue) do
            local places = view:first_fit(gang)
            if used_up(gang) then
                plan[#plan + 1] = fail(gang, "given-up") -- the controller of its job
            elseif #places > 0 then
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

cluster { executors = 4, cores = 1 }
local low = job "low" { barrier_stage "fit" { tasks = 4, program = program { compute "30s", barrier() } } }
for i = 1, others do
    local high = job("high" .. i) { submit = 15 * i .. "s", priority = 5,
        barrier_stage "fit" { tasks = 2, program = program { compute "5s", barrier() } } }
    expect { high:succeeds { within = "10s" } }
end
expect { low:succeeds() }
