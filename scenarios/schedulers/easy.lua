-- EASY backfill: the head of the queue has a reservation, and others may pass it if they do not delay it.
-- When the head does not fit, the running gangs' expected ends say when it will: the shadow time. Whoever fits now may go if it
-- ends before that, or uses only what the head leaves over then. It counts cores, and believes the estimates.
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/easy.lua --scheduler-param estimate=10s
-- See: `small` passes `large`, which starts no later for it; `long` would delay it, and waits.
-- Verdicts: strict pass; strict --param bug=no_reservation EXPECT
-- Question: what happens to the reservation when an estimate is too short?
-- Change: --param bug=no_reservation: whoever fits goes, and `large` waits for all of them.

local estimate = param("estimate", "20s", "how long a gang runs, if nothing is known of it")
local bug = param("bug", "none", "what is wrong with it", { "none", "no_reservation" })
local known = { first = "20s", small = "5s", long = "60s", large = "10s" }

local function lasts(view, gang) return view:after(known[gang.job] or estimate) - view.now end
local function cores(gang, tasks) return tasks * gang.cores end

local function free(view)
    local sum = 0
    for _, executor in ipairs(view.executors) do if executor.offered then sum = sum + executor.cores end end
    return sum
end

-- When so many cores will be free, and how many more than that.
local function shadow(view, needed)
    local ends, sum = {}, free(view)
    for _, gang in ipairs(view.running) do
        for _, place in ipairs(gang.places) do
            ends[#ends + 1] = { at = math.max(place.since + lasts(view, gang), view.now), cores = cores(gang, place.count) }
        end
    end
    table.sort(ends, function(a, b) return a.at < b.at end)
    for _, e in ipairs(ends) do
        sum = sum + e.cores
        if sum >= needed then return e.at, sum - needed end
    end
    return math.maxinteger, 0
end

scheduler {
    on_plan = function(view)
        local plan, at, extra = {}, nil, 0
        for _, gang in ipairs(view.waiting) do
            local wants = cores(gang, gang.missing)
            local in_time = not at or bug == "no_reservation" or view.now + lasts(view, gang) <= at
            if in_time or wants <= extra then
                local places = view:first_fit(gang)
                if #places > 0 then plan[#plan + 1] = launch(gang, places) end
                if not in_time then extra = extra - cores(gang, #places) end
                if #places < gang.missing and not at then at, extra = shadow(view, cores(gang, gang.missing - #places)) end
            end
        end
        return plan
    end,
}

cluster { executors = 4, cores = 4 }
local function gang(name, tasks, time, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = program { compute(time), barrier() } }, submit = submit }
end
local first, large = gang("first", 10, "20s", "0s"), gang("large", 16, "10s", "1s")
local small, long = gang("small", 4, "5s", "2s"), gang("long", 6, "60s", "3s")

expect { first:succeeds(), small:succeeds { within = "10s" }, large:succeeds { within = "35s" }, long:succeeds() }
