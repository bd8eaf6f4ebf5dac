-- A gang's time is up, its application is dead, and its operator makes new pods for it, without end.
-- kuberay#5301: the scheduler's hard timeout kills the application; whoever keeps the gang's pods complete does not know that this is final.
-- See: each second the operator has slots reserved for pods that are missing, and the scheduler refuses them, for the application has failed.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "that the time is up is not told to who makes the pods")
local timeout = "5s"

local since, dead = {}, {} -- by application: since when it holds; whether it is over

-- The operator: as many pods as are missing, if there is room for some.
local function operate(view, gang, plan)
    local places = {}
    for _, executor in ipairs(view.executors) do
        local tasks = math.min(executor:fits(gang), gang.missing - #places)
        executor:take(gang, tasks)
        for _ = 1, tasks do places[#places + 1] = executor.index end
    end
    if #places == gang.missing or (gang.kind == "tasks" and #places > 0) then
        plan[#plan + 1] = launch(gang, places)
    elseif #places > 0 then
        plan[#plan + 1] = hold(gang, places)
        since[gang.job] = since[gang.job] or view.now
    end
end

scheduler {
    on_plan = function(view)
        local plan, again = {}, false
        for _, gang in ipairs(view.waiting) do
            local ends = since[gang.job] and since[gang.job] + view:after(timeout) - view.now
            if ends and view.now >= ends then dead[gang.job] = true end
            if dead[gang.job] and not bug then
                plan[#plan + 1] = fail(gang, "given-up") -- final, for everybody
            elseif dead[gang.job] and gang.held > 0 then
                plan[#plan + 1] = release(gang) -- pods of an application that is over are refused
                again = true
            else
                operate(view, gang, plan)
                again = true
            end
        end
        if again then plan[#plan + 1] = wake_at(view:after "1s") end
        return plan
    end,
}

cluster { executors = 4, cores = 1 }
local long = job "long" { stage "run" { tasks = 1, program = compute "60s" } }
local ray = job "ray" { barrier_stage "worker" { tasks = 4, program = compute "5s" }, submit = "1s" }
expect { long:succeeds(), ray:fails "given-up", never("a tenth time that pods are made for it", record("reserve", { job = ray, rank = 0, nth = 10 })) }
