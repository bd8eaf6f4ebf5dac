-- Placeholders, as YuniKorn does it: slots for every task of a gang are taken one by one as they come free, and swapped for the
-- tasks when the last is there. A gang that asks for more than there will ever be is refused at once; one whose placeholders are
-- not all there in time gives them back (soft: it waits again; hard: its job fails).
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/placeholders.lua --scheduler-param style=hard
-- See: `second` holds what `first` leaves, and goes the moment `first` ends.
-- Verdicts: strict pass; strict --param style=hard EXPECT; strict --param bug=waits_for_ever EXPECT
-- Question: what could have run in the slots that `second` holds?
-- Change: --param timeout=5s: how much work is lost to waiting, and how much is won?

local timeout = param("timeout", "15s", "how long placeholders wait for the rest, from the first on")
local style = param("style", "soft", "what follows when they have waited in vain", { "soft", "hard" })
local quota = param("quota", 6, "cores that the queue may ever have")
local bug = param("bug", "none", "what is wrong with it", { "none", "waits_for_ever", "clock_anew" })
local restart = param("restart", "0s", "when the scheduler itself is started again and remembers nothing; 0s is never")

local first_at, again = {}, {} -- by gang: when its first placeholder was placed, and when it may place the next

-- What a scheduler that was started again finds is the placeholders, each with the time at which it was placed.
local restarted, began = false, nil
local function recover(view)
    first_at, again, restarted = {}, {}, true
    for _, gang in ipairs(view.waiting) do
        for _, place in ipairs(gang.held > 0 and gang.places or {}) do
            local name = gang.job .. "/" .. gang.stage
            local since = bug == "clock_anew" and view.now or place.since
            first_at[name] = math.min(first_at[name] or since, since)
        end
    end
end

scheduler {
    on_plan = function(view)
        local plan, wake = {}, nil
        local span = view:after(timeout) - view.now
        began = began or view.now
        local down = view:after(restart) - view.now
        local function wake_by(at) if at > view.now and (not wake or at < wake) then wake = at end end
        if not restarted and down > 0 and view.now >= began + down then recover(view) end
        wake_by(began + down)
        for _, gang in ipairs(view.waiting) do
            local name = gang.job .. "/" .. gang.stage
            local ends = first_at[name] and first_at[name] + span
            if gang.kind == "gang" and gang.size * gang.cores > quota and bug ~= "waits_for_ever" then
                plan[#plan + 1] = fail(gang, "given-up")
            elseif gang.kind == "gang" and gang.size * gang.cores > quota then
                -- waits for placeholders that the quota will never give it
            elseif ends and view.now >= ends then
                plan[#plan + 1] = style == "hard" and fail(gang, "given-up") or release(gang)
                first_at[name], again[name] = nil, view.now + span
                wake_by(again[name])
                wake_by(view:after "1s") -- what it gives back is free then
            elseif (again[name] or 0) <= view.now then
                local places = {}
                for _, executor in ipairs(view.executors) do
                    local tasks = math.min(executor:fits(gang), gang.missing - #places)
                    executor:take(gang, tasks)
                    for _ = 1, tasks do places[#places + 1] = executor.index end
                end
                if #places == gang.missing then
                    plan[#plan + 1] = launch(gang, places)
                    first_at[name] = nil -- should it ever wait again, its patience begins anew
                elseif #places > 0 and gang.kind == "gang" then
                    plan[#plan + 1] = hold(gang, places)
                    first_at[name] = first_at[name] or view.now
                elseif #places > 0 then
                    plan[#plan + 1] = launch(gang, places)
                end
                if first_at[name] then wake_by(first_at[name] + span) end
            else
                wake_by(again[name])
            end
        end
        if wake then plan[#plan + 1] = wake_at(wake) end
        return plan
    end,
}

cluster { executors = 4, cores = 2 }
local function gang(name, tasks, time, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = program { compute(time), barrier() } }, submit = submit }
end
local first, second = gang("first", 5, "20s", "0s"), gang("second", 6, "5s", "1s")
local never = gang("never", 8, "1s", "2s") -- more than the quota

expect { first:succeeds(), second:succeeds(), never:fails "given-up" }
