-- Gang groups, as Koordinator has them: gangs of one group only make sense together, so none of them starts before all of them can.
-- Each gang takes what it needs and keeps it (permit), and goes when the last of its group has all that it needs. The queue must be
-- sorted by group: sorted by gang, a gang of each group may take its part, and then each waits for what the other groups hold.
-- A group is whole when none of its members is missing, so all of them must have been submitted by the time the first could go.
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/groups.lua
-- See: `a` and `b` run together, then `c` and `d`, though they came in the order a, c, b, d.
-- Verdicts: strict pass; strict --param bug=by_gang PRG
-- Question: would it be enough to let nobody hold anything, and to launch whole groups only?
-- Change: --param bug=by_gang, and look at who waits for whom.

local bug = param("bug", "none", "what is wrong with it", { "none", "by_gang" })

local function group_of(gang) return gang.group or -1 - gang.order end -- a gang without a group is its own

-- By group, those of the group that came first in front; by_gang: just as they came.
local function sorted(waiting)
    local queue, first = {}, {}
    for i, gang in ipairs(waiting) do
        queue[i] = gang
        first[group_of(gang)] = math.min(first[group_of(gang)] or gang.order, gang.order)
    end
    if bug == "by_gang" then return queue end
    table.sort(queue, function(a, b)
        local x, y = first[group_of(a)], first[group_of(b)]
        if x ~= y then return x < y end
        return a.order < b.order
    end)
    return queue
end

scheduler {
    on_plan = function(view)
        local plan, queue, lacks, places = {}, sorted(view.waiting), {}, {}
        for _, gang in ipairs(view.running) do -- held and complete, it waits for its group alone
            if gang.state == "holding" then queue[#queue + 1] = gang end
        end
        for i, gang in ipairs(queue) do
            places[i] = gang.missing > 0 and view:first_fit(gang) or {}
            if #places[i] < gang.missing and gang.kind == "gang" then lacks[group_of(gang)] = true end
        end
        for i, gang in ipairs(queue) do
            if not lacks[group_of(gang)] then
                if #places[i] > 0 or gang.held + gang.asked > 0 then plan[#plan + 1] = launch(gang, #places[i] > 0 and places[i] or nil) end
            elseif #places[i] > 0 then
                plan[#plan + 1] = hold(gang, places[i])
            end
        end
        return plan
    end,
}

cluster { executors = 4, cores = 1 }
local function gang(name, group)
    return job(name) { barrier_stage "fit" { tasks = 2, group = group, program = program { compute "5s", meet("group " .. group, { tasks = 4 }) } } }
end
local a, c, b, d = gang("a", 0), gang("c", 1), gang("b", 0), gang("d", 1)

expect { a:succeeds(), b:succeeds(), c:succeeds { within = "30s" }, d:succeeds { within = "30s" } }
