-- A machine is removed while a placeholder there is being swapped for its task, and nobody asks for that task again.
-- YUNIKORN-854: removing a machine cleans up what is allocated there, and leaves alone what is on its way.
-- See: the fourth task is on its way over a slow link when its machine dies. There is a slot for it, and the three others hold theirs.
-- Lost after the swap (--param lost=8s) it is asked for again; with policy spark a task starts at once, and no swap is under way.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param lost=8s pass
-- Verdicts: spark pass
local bug = param("bug", true, "a removal does not see swaps that are under way")
local lost = param("lost", "2500ms", "when the machine dies")

local asks = {} -- by job and rank: "placeholder", "swapping" or "allocated"; nil is to be asked for

local function states(gang)
    asks[gang.job] = asks[gang.job] or {}
    return asks[gang.job]
end

local function confirm(view, gang, plan) -- who runs has been swapped
    for _, place in ipairs(gang.places) do
        if place.state == "launching" then plan[#plan + 1] = wake_at(view:after "100ms") end
        for rank = place.rank, place.rank + place.count - 1 do
            if place.state == "running" then states(gang)[rank] = "allocated" end
        end
    end
end

local function clean_up(gang) -- whoever has no place any more has lost it with its machine
    for _, rank in ipairs(gang.ranks) do
        if states(gang)[rank] ~= "swapping" or not bug then states(gang)[rank] = nil end
    end
end

local function slot(view, gang)
    for _, executor in ipairs(view.executors) do
        if executor:fits(gang) > 0 then
            executor:take(gang, 1)
            return executor
        end
    end
end

local function ask(view, gang)
    local places, ranks = {}, {}
    for _, rank in ipairs(gang.ranks) do
        local executor = not states(gang)[rank] and slot(view, gang)
        if executor then
            places[#places + 1], ranks[#ranks + 1] = executor, rank
        end
    end
    return places, ranks
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.running) do confirm(view, gang, plan) end
        for _, gang in ipairs(view.waiting) do
            confirm(view, gang, plan)
            clean_up(gang)
            local places, ranks = ask(view, gang)
            local all = gang.held + #places == gang.size or gang.running > 0
            for _, rank in ipairs(ranks) do states(gang)[rank] = all and "swapping" or "placeholder" end
            if all and gang.held + #places > 0 then
                for rank = 0, gang.size - 1 do
                    if states(gang)[rank] == "placeholder" then states(gang)[rank] = "swapping" end
                end
                plan[#plan + 1] = launch(gang, places, ranks)
                plan[#plan + 1] = wake_at(view:after "100ms") -- to see it confirmed
            elseif #places > 0 then
                plan[#plan + 1] = hold(gang, places, ranks)
            end
        end
        return plan
    end,
}

settings { heartbeat = "500ms", heartbeat_timeout = "2s" }
local c = cluster { { executors = 3, cores = 1 }, { executors = 2, cores = 1, arrive = "2s" } }
local train = job "train" { stage "worker" { tasks = 4, min = 4, program = program { compute "20s", meet("train", { tasks = 4 }) } } }
at "2s" { clog(c.executor[3], { by = "600ms", lasts = "5s" }) }
at(lost) { crash(c.executor[3], { for_good = true }) }
expect { train:succeeds { within = "2m" } }
