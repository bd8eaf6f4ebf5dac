-- A gang of four waits for its fourth member, which is made when the other three run.
-- mpi-operator#608, pytorch-operator#186: the gang counts workers and launcher; the launcher is created when all workers are running.
-- See: three workers could go, and nobody does.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param early=true pass
-- Verdicts: spark PRG
local bug = param("bug", true, "the launcher is one of those who must be there")
local early = param("early", false, "the launcher is made at once")
local workers_are = 3
local least = bug and workers_are + 1 or workers_are

scheduler {
    on_plan = function(view)
        local plan, there = {}, {}
        for _, list in ipairs { view.waiting, view.running } do
            for _, gang in ipairs(list) do there[gang.group] = (there[gang.group] or 0) + gang.size end
        end
        for _, gang in ipairs(view.waiting) do
            local places = there[gang.group] >= least and view:first_fit(gang) or {}
            if #places > 0 then plan[#plan + 1] = launch(gang, places) end
        end
        return plan
    end,
}

cluster { executors = 4, cores = 1 }
local work = program { compute "2s", meet("mpirun", { tasks = workers_are + 1 }) }
local workers = job "workers" { barrier_stage "worker" { tasks = workers_are, group = 0, program = work } }
local launcher = job "launcher" { stage "launcher" { tasks = 1, group = 0, program = work } }
if early then
    at "1s" { submit(launcher) }
else
    when(workers:starts { rank = workers_are - 1 }) { submit(launcher) } -- the operator
end
expect { workers:succeeds { within = "30s" }, launcher:succeeds() }
