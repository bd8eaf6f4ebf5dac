-- A scheduler for tests: of the gang that is first it holds a task at a time, and tells it to go when it has them all, whether
-- they are acknowledged or not. Tasks that are no gang go when there is room. What it holds it never gives back.
local function hold_one(view, gang)
    for _, executor in ipairs(view.executors) do
        if executor:fits(gang) > 0 then
            executor:take(gang, 1)
            return hold(gang, { executor.index })
        end
    end
end

local function next_step(view, gang)
    if gang.missing == 0 then return launch(gang) end
    return hold_one(view, gang)
end

scheduler {
    on_plan = function(view)
        local plan, first = {}, nil
        for _, gang in ipairs(view.waiting) do
            if gang.kind == "tasks" then
                local places = view:first_fit(gang)
                if #places > 0 then plan[#plan + 1] = launch(gang, places) end
            else
                first = first or gang
            end
        end
        if first then plan[#plan + 1] = next_step(view, first) end
        return plan
    end,
}

cluster { executors = 2, cores = 2 }
local a = job "a" { barrier_stage "fit" { tasks = 3, program = program { compute "5s", barrier() } } }
expect { a:succeeds() }
