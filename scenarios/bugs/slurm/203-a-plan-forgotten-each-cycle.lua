-- A job has a part in each of two partitions. It evicts somebody in one, plans anew, evicts somebody in the other, and again.
-- Slurm PR#203: each cycle of the backfill scheduler makes a plan of its own for a heterogeneous job, and knows nothing of what the one
-- before has ended for it.
-- See: what was freed in one partition is filled from the queue while the other is being freed; the small jobs are begun again and
-- again, and `het` waits. A plan that is kept keeps the slot, too.
-- Verdicts: strict EVA EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA EXPECT
local bug = param("bug", true, "a plan is forgotten when its cycle is over")

local cycle = param("cycle", "5s", "how often a plan is made")

local next_cycle = 0
local kept = {} -- by partition: the executor that the plan of `het` has there

local function has_part_in(view, partition)
    for _, executor in ipairs(view.executors) do
        if executor.rack == partition and executor.cores > 0 then return executor end
    end
end

local function victim_in(view, partition)
    for i = #view.running, 1, -1 do
        local other = view.running[i]
        local at = #other.places > 0 and view.executors[other.places[1].executor + 1]
        if at and at.rack == partition and other.state == "running" and other.priority == 0 then return other, at end
    end
end

-- The parts are looked at one after the other; the first that finds no room has somebody evicted, and the rest is for another cycle.
local function start_or_evict(view, het, ending, plan)
    local places = {}
    for partition = 0, 1 do
        local executor = has_part_in(view, partition)
        if executor then
            places[#places + 1] = executor
            kept[partition] = executor.index
        elseif not ending then
            local victim, at = victim_in(view, partition)
            if victim then plan[#plan + 1], kept[partition], ending = evict(victim), at.index, true end
        end
    end
    if #places < 2 then return end
    for _, executor in ipairs(places) do executor:take(het, 1) end
    plan[#plan + 1] = launch(het, places)
    kept = {}
end

local function is_kept(executor) return kept[executor.rack] == executor.index end

scheduler {
    on_plan = function(view)
        if view.now < next_cycle then return { wake_at(next_cycle) } end
        next_cycle = view:after(cycle)
        local plan, ending = { wake_at(next_cycle) }, false
        if bug then kept = {} end
        for _, gang in ipairs(view.running) do ending = ending or gang.state == "ending" end
        for _, gang in ipairs(view.waiting) do
            if gang.job == "het" then start_or_evict(view, gang, ending, plan) end
        end
        for _, gang in ipairs(view.waiting) do
            for _, executor in ipairs(gang.job ~= "het" and view.executors or {}) do
                if executor:fits(gang) > 0 and (bug or not is_kept(executor)) then
                    executor:take(gang, 1)
                    plan[#plan + 1] = launch(gang, { executor })
                    break
                end
            end
        end
        return plan
    end,
}

cluster { executors = 4, cores = 1, racks = 2 } -- a rack is a partition
local small = {}
for i = 0, 3 do small[i] = job("small" .. i) { stage "run" { tasks = 1, program = compute "40s" } } end
local het = job "het" { barrier_stage "fit" { tasks = 2, program = program { compute "5s", barrier() } }, priority = 5, submit = "3s" }

expect { het:succeeds { within = "30s" } }
for i = 0, 3 do expect { small[i]:succeeds() } end
