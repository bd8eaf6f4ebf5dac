-- A machine is cut off for good, its task is counted as running, and no other is made in its place.
-- trainer#959, #956: the task of a lost machine is "running", reason "node lost"; who replaces tasks counts those that run.
-- See: the driver has written the machine off, a slot is free, and the second task is wanted by its job and made by nobody.
-- When the link mends there must be one copy of it and no second: its lease had ended the first.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param heals=true PRG; strict --param bug=false --param heals=true pass
-- Verdicts: spark PRG
local bug = param("bug", true, "a task whose machine is lost counts as running")
local heals = param("heals", false, "the machine comes back after a while")

local made, gone = {}, {} -- by job: how many tasks were made

local function active(gang)
    local ended = gang.failures + gang.done + (bug and 0 or gang.losses)
    return (made[gang.job] or 0) - ended
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            local wanted = math.min(gang.size - gang.done - active(gang), gang.missing)
            local places = wanted > 0 and view:first_fit(gang, wanted) or {}
            if #places > 0 then
                plan[#plan + 1] = launch(gang, places)
                made[gang.job] = (made[gang.job] or 0) + #places
            end
        end
        return plan
    end,
}

local c = cluster { executors = 3, cores = 1 }
local train = job "train" { stage "worker" { tasks = 2, program = compute "5m" } }
at "5s" { cut(c.executor[1], heals and { lasts = "4m" } or {}) }
expect { train:succeeds { within = "10m" } }
