-- A gang that does not recover in time is evicted, and its quota stays with it: it is never admitted again, and nobody else is either.
-- kueue#14811: after an eviction by the recovery timeout a workload is Admitted and Evicted at once. The report knows the state, and not
-- how it comes about; here the eviction stops the tasks and forgets the admission.
-- See: from 17 s on nothing runs, and the quota is used up.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param window=2m pass
-- Verdicts: spark PRG
local bug = param("bug", true, "an eviction by the recovery timeout leaves the admission as it is")
local window = param("window", "10s", "how long a gang that ran may lack a member")
local quota = 3

local admitted, evicted = {}, {} -- by job: the cores of its admission; when it was evicted
local lacks = {} -- by job: until when it must have recovered

local function reserved(view)
    local there, sum = {}, 0
    for _, list in ipairs { view.running, view.waiting } do
        for _, gang in ipairs(list) do there[gang.job] = true end
    end
    for name, cores in pairs(admitted) do
        if there[name] then sum = sum + cores else admitted[name] = nil end
    end
    return sum
end

local function recover(view, gang, plan) -- true: it is evicted
    if gang.running == 0 then
        lacks[gang.job] = nil
        return false
    end
    lacks[gang.job] = lacks[gang.job] or view:after(window)
    if view.now < lacks[gang.job] then
        plan[#plan + 1] = wake_at(lacks[gang.job])
        return false
    end
    plan[#plan + 1] = evict(gang)
    evicted[gang.job] = view.now
    if not bug then admitted[gang.job] = nil end
    return true
end

local function admit(view, queue)
    table.sort(queue, function(a, b) return (evicted[a.job] or a.submitted) < (evicted[b.job] or b.submitted) end)
    for _, gang in ipairs(queue) do
        local wants = gang.size * gang.cores
        if not admitted[gang.job] and reserved(view) + wants <= quota then
            admitted[gang.job], evicted[gang.job] = wants, nil
        end
    end
end

scheduler {
    on_plan = function(view)
        local plan, queue = {}, {}
        for _, gang in ipairs(view.waiting) do
            if not recover(view, gang, plan) then queue[#queue + 1] = gang end
        end
        admit(view, queue)
        for _, gang in ipairs(queue) do -- whoever is admitted and not stopped has its tasks made
            local may = admitted[gang.job] and not evicted[gang.job]
            local places = may and view:first_fit(gang) or {}
            if #places > 0 then plan[#plan + 1] = launch(gang, places) end
        end
        return plan
    end,
}

settings { heartbeat = "500ms", heartbeat_timeout = "2s" }
local c = cluster { executors = 3, cores = 1 }
local train = job "train" { stage "worker" { tasks = 3, min = 3, program = program { compute "30s", meet("train", { tasks = 3 }) } } }
local other = job "other" { barrier_stage "fit" { tasks = 2, program = compute "5s" }, submit = "10s" }
at "5s" { crash(c.executor[2]) }
at "60s" { restart(c.executor[2]) }
expect { train:succeeds(), other:succeeds() }
