-- The slot that one member of a gang was to have is gone when it is bound, and the gang is never looked at again.
-- k8s#140478: all members are assumed, and the cycle returns without ending: the queue has the gang in flight, and a binding that fails
-- afterwards puts back only what has left it.
-- See: the machine refuses, all slots are free again, and the gang waits. In a cycle that ends, it is tried once more.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param stolen=false pass
-- Verdicts: spark RST EXPECT
-- Question: why does nobody see it who counts only what is running and what is waiting?
local bug = param("bug", true, "a cycle that has placed all members returns without ending")
local stolen = param("stolen", true, "somebody takes a slot between the plan and the binding")

local in_flight = {} -- by job: its cycle has not ended

-- A cycle takes one gang from the queue, and puts it back at its end unless it was bound.
local function cycle(view, gang, plan)
    in_flight[gang.job] = true
    local places = view:first_fit(gang)
    if #places > 0 then
        plan[#plan + 1] = launch(gang, places) -- all members are assumed, and bound while others are scheduled
        if bug then return end
    end
    in_flight[gang.job] = nil
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            if not in_flight[gang.job] and gang.asked + gang.held == 0 then cycle(view, gang, plan) end
        end
        return plan
    end,
}

network { latency = "5ms" }
local c = cluster { executors = 2, cores = 2 }
local train = job "train" { submit = "1s",
    barrier_stage "fit" { tasks = 4, program = program { compute "5s", barrier() } } }
if stolen then when(record("plan", { job = train })) { take(c.executor[1], { cores = 1, lasts = "20s" }) } end
expect { train:succeeds { within = "1m" } }
