-- Shows: scheduler, launch, release, evict, wake_at
cluster { executors = 2, cores = 2 }
local low = job "low" { barrier_stage "fit" { tasks = 4, program = compute "20s" } }
local high = job "high" { barrier_stage "fit" { tasks = 2, program = compute "5s" }, priority = 9, submit = "4s" }
scheduler { on_plan = function(view)
    local plan = { wake_at(view:after "1s") }
    for _, gang in ipairs(view.waiting) do
        local places = view:first_fit(gang)
        if gang.state == "holding" then plan[#plan + 1] = release(gang)
        elseif #places == gang.missing then plan[#plan + 1] = launch(gang, places)
        else for _, other in ipairs(view.running) do
            if other.state == "running" and other.priority < gang.priority then plan[#plan + 1] = evict(other) end
        end end
    end
    return plan
end }
expect { high:succeeds { within = "10s" }, low:succeeds { attempts = 2 } }
