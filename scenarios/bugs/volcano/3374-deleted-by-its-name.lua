-- A gang is scaled to nothing and back, and the new one is never scheduled.
-- volcano#3374: deleting the old one's record is tried again later, by its name; by then a new record has that name, and is deleted.
-- See: `web-1` waits for room until 15 s, and has lost its record at 10 s. Who is not recorded is not looked at.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param retry=500ms pass
-- Verdicts: spark PRG
local bug = param("bug", true, "what is to be deleted is named, and not identified")
local retry = param("retry", "5s", "how long after a deletion that was not confirmed it is tried again")

local record_of = {} -- by name: whose record it is, as the order of its submission
local deletions = {} -- what is to be deleted again: { name, order, at }

local function name_of(gang) return string.sub(gang.job, 1, -3) end -- without its generation

local function seen(view)
    local there = {}
    for _, list in ipairs { view.running, view.waiting } do
        for _, gang in ipairs(list) do there[gang.order] = true end
    end
    return there
end

-- The controller: a record for who comes; who has gone loses it, at once, and once more as nobody had confirmed it.
local function control(view, plan)
    local there = seen(view)
    for i = #deletions, 1, -1 do
        local d = deletions[i]
        if view.now >= d.at then
            if bug or record_of[d.name] == d.order then record_of[d.name] = nil end
            table.remove(deletions, i)
        else
            plan[#plan + 1] = wake_at(d.at)
        end
    end
    for name, order in pairs(record_of) do
        if not there[order] then
            record_of[name] = nil
            deletions[#deletions + 1] = { name = name, order = order, at = view:after(retry) }
            plan[#plan + 1] = wake_at(view:after(retry))
        end
    end
end

local known = {} -- whom the controller has made a record for
scheduler {
    on_plan = function(view)
        local plan = {}
        control(view, plan)
        for _, gang in ipairs(view.waiting) do
            if not known[gang.order] then known[gang.order], record_of[name_of(gang)] = true, gang.order end
            if record_of[name_of(gang)] == gang.order then
                local places = view:first_fit(gang)
                if #places > 0 then plan[#plan + 1] = launch(gang, places) end
            end
        end
        return plan
    end,
}

cluster { executors = 2, cores = 1 }
local function gang(name, tasks, time, submit)
    return job(name) { barrier_stage "run" { tasks = tasks, program = compute(time) }, submit = submit }
end
local old, other, new = gang("web-0", 2, "60s", "0s"), gang("etl-0", 1, "10s", "5100ms"), gang("web-1", 2, "5s", "6s")
at "5s" { cancel(old) }
expect { other:succeeds(), new:succeeds { within = "30s" } }
