-- A group loses a second machine while the first loss is being repaired. The first bundle is placed again, and the second never.
-- ray#24875: a group whose machine dies is queued for repair, unless it is being repaired; and when that is over nobody looks again.
-- See: a slow link to the spare machine keeps the repair of rank 0 going while rank 1 is lost; a machine is free, and not asked for.
-- With policy spark a bundle is placed at once, and no repair is under way when the second machine dies.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param second=20s pass
-- Verdicts: spark pass
local bug = param("bug", true, "a loss during a repair is not queued, and nobody looks again when the repair is over")
local second = param("second", "6s", "when the second machine dies")

local unplaced, repair = {}, {} -- by job: ranks known as lost, and those of them that are being placed again

local function as_set(ranks)
    local set = {}
    for _, rank in ipairs(ranks) do set[rank] = true end
    return set
end

-- What the manager does about machines that died: whoever is not in repair is queued, with all that it has lost.
local function heard(gang)
    local old, now = unplaced[gang.job] or {}, as_set(gang.ranks)
    unplaced[gang.job] = now
    for _, rank in ipairs(gang.ranks) do
        if not old[rank] and not repair[gang.job] then repair[gang.job] = now end
    end
end

local function over(gang) -- every bundle of the repair has its place, and was told to go there
    for _, rank in ipairs(gang.ranks) do if repair[gang.job][rank] then return false end end
    return gang.asked == 0
end

local function finish(gang)
    for rank in pairs(repair[gang.job]) do unplaced[gang.job][rank] = nil end
    repair[gang.job] = nil
    if not bug then unplaced[gang.job] = {} end -- whatever it lacks now is looked at once more
end

local function slot(view, gang)
    for _, executor in ipairs(view.executors) do
        if executor:fits(gang) > 0 then
            executor:take(gang, 1)
            return executor
        end
    end
end

local function place(view, gang, wanted)
    local places, ranks = {}, {}
    for _, rank in ipairs(gang.ranks) do
        local executor = wanted[rank] and slot(view, gang)
        if executor then places[#places + 1], ranks[#ranks + 1] = executor, rank end
    end
    return places, ranks
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            if gang.running > 0 then -- it was made, and has lost something
                if repair[gang.job] and over(gang) then finish(gang) end
                heard(gang)
            end
            local places, ranks = place(view, gang, gang.running > 0 and (repair[gang.job] or {}) or as_set(gang.ranks))
            if #places > 0 and #places >= gang.least then plan[#plan + 1] = launch(gang, places, ranks) end
        end
        return plan
    end,
}

settings { heartbeat = "500ms", heartbeat_timeout = "2s", reserve_timeout = "20s" }
local c = cluster { executors = 5, cores = 1 }
local group = job "group" { stage "bundle" { tasks = 3, min = 3, program = program { compute "30s", meet("group", { tasks = 3 }) } } }
at "4s" { clog(c.executor[3], { by = "600ms", lasts = "10s" }) }
at "5s" { crash(c.executor[0], { for_good = true }) }
at(second) { crash(c.executor[1], { for_good = true }) }
expect { group:succeeds { within = "2m" } }
