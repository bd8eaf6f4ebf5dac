-- A set is evicted and admitted again while its old leader is still ending: the new leader goes to one rack, its follower to another.
-- jobset#1021: followers go where their leader is, and the leader is looked up by its name; the one that is ending has the same.
-- See: `follower-1` runs in rack 0, beside nobody. Looked up by the generation (here the group), the leader is the new one.
-- Verdicts: strict EXPECT
-- Verdicts: strict --param bug=false pass; strict --param ending=false pass
-- Verdicts: spark EXPECT
local bug = param("bug", true, "the leader is looked up by its name alone")
local ending = param("ending", true, "the old leader takes its time to end")

local function name_of(gang) return string.sub(gang.job, 1, -3) end -- without its generation

local function rack_of_leader(view, follower)
    for _, gang in ipairs(view.running) do
        local same = bug or gang.group == follower.group
        if name_of(gang) == "leader" and same and #gang.places > 0 then return gang.places[1].executor % 2 end
    end
end

local function room_in(view, gang, rack)
    for _, executor in ipairs(view.executors) do
        if executor.rack == rack and executor:fits(gang) > 0 then return executor end
    end
end

local function free_in(view, gang, rack)
    local sum = 0
    for _, executor in ipairs(view.executors) do sum = sum + (executor.rack == rack and executor:fits(gang) or 0) end
    return sum
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            local rack
            if name_of(gang) == "follower" then
                rack = rack_of_leader(view, gang)
            else
                for r = 1, 0, -1 do rack = free_in(view, gang, r) >= 2 and r or rack end -- where there is room for both
            end
            local executor = rack and room_in(view, gang, rack)
            if executor then
                executor:take(gang, 1)
                plan[#plan + 1] = launch(gang, { executor })
            end
        end
        return plan
    end,
}

settings { kill_grace = "60s", release_wait = "90s" }
local c = cluster { executors = 4, cores = 1, racks = 2 }
local function member(name, generation, submit)
    return job(name .. "-" .. generation) { submit = submit, stage "run" { tasks = 1, group = generation,
        program = program { compute "10s", meet("set " .. generation, { tasks = 2 }) } } }
end
local leader_0, follower_0 = member("leader", 0, "0s"), member("follower", 0, "1s")
local leader_1, follower_1 = member("leader", 1, "6s"), member("follower", 1, "7s")
if ending then at "4s" { linger(leader_0:rank(0), "20s") } end
at "5s" { cancel(leader_0), cancel(follower_0) }
if ending then
    expect { never("a follower in the rack of the old leader", record("start", { job = follower_1, executor = c.executor[2] })) }
end
expect { leader_1:succeeds(), follower_1:succeeds() }
