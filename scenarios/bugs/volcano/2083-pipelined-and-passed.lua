-- Two gangs hold most of the cluster, each lacks one slot, and nothing runs.
-- volcano#2083: the queue lets in more than there is (overcommit 1.2); a gang then holds what is free, and its other tasks are pipelined:
-- they wait for slots that are about to be released. Nobody keeps those for them, and in the next session who has nothing yet comes first.
-- See: `batch` ends, and its four slots go to `two`, which lacks one more; `one` had waited for one of them. With --param overcommit=100
-- the queue lets nobody in who does not fit, and the bug has no room to show.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param overcommit=100 pass
-- Verdicts: spark pass
local bug = param("bug", true, "what a pipelined task waits for is kept for nobody")
local overcommit = param("overcommit", 120, "percent of the cluster that the queue lets in", { min = 100, max = 200 })

local let_in = {} -- by job: it is in the queue, and stays there

local function asks(gang) return gang.size * gang.cores end

local function enqueue(view) -- the gate: all that was let in, running or not, is less than so much of the cluster
    local total, sum = 0, 0
    for _, executor in ipairs(view.executors) do total = total + executor.total_cores end
    for _, list in ipairs { view.running, view.waiting } do
        for _, gang in ipairs(list) do sum = sum + (let_in[gang.job] and asks(gang) or 0) end
    end
    for _, gang in ipairs(view.waiting) do
        if not let_in[gang.job] and (sum + asks(gang)) * 100 <= total * overcommit then
            let_in[gang.job], sum = true, sum + asks(gang)
        end
    end
end

local function share(gang) return (gang.held + gang.asked) * gang.cores end

scheduler {
    on_plan = function(view)
        local plan, queue = {}, {}
        enqueue(view)
        for _, gang in ipairs(view.waiting) do if let_in[gang.job] then queue[#queue + 1] = gang end end
        table.sort(queue, function(a, b)
            if bug then return share(a) < share(b) end
            return share(a) > share(b) -- whose tasks are pipelined comes first, and so has what it waits for
        end)
        for _, gang in ipairs(queue) do
            local places = {}
            for _, executor in ipairs(view.executors) do
                local tasks = math.min(executor:fits(gang), gang.missing - #places)
                executor:take(gang, tasks)
                for _ = 1, tasks do places[#places + 1] = executor.index end
            end
            if #places == gang.missing then
                plan[#plan + 1] = launch(gang, places)
            elseif #places > 0 then
                plan[#plan + 1] = hold(gang, places) -- the rest is pipelined
            end
            if not bug and #places < gang.missing then break end -- and what is released belongs to it
        end
        return plan
    end,
}

cluster { executors = 5, cores = 2 }
local function gang(name, tasks, submit)
    return job(name) { barrier_stage "fit" { tasks = tasks, program = program { compute "10s", barrier() } }, submit = submit }
end
local batch, one, two = gang("batch", 4, "0s"), gang("one", 7, "1s"), gang("two", 5, "2s")
expect { batch:succeeds(), one:succeeds(), two:succeeds() }
