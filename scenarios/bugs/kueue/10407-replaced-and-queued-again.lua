-- Two replicas never get ready. Each time one is evicted its owner makes another, and the evicted one is queued again, too.
-- kueue#10407: an eviction deletes the pod, so its owner replaces it, and keeps its place in the queue; both are admitted: 52 for 2.
-- See: the replicas take slot by slot, until nothing is left for `other`.
-- Verdicts: strict EVA EXPECT
-- Verdicts: strict --param bug=false pass
-- Verdicts: spark EVA EXPECT
local bug = param("bug", true, "who was evicted is queued again, though its owner has replaced it")
local timeout = "3s"

scheduler {
    on_plan = function(view)
        local plan, wake = {}, nil
        for _, gang in ipairs(view.running) do -- never ready: out when the time is up
            local ends = gang.stage == "replica" and gang.state == "running" and
                gang.places[1].since + view:after(timeout) - view.now
            if ends and view.now >= ends then
                plan[#plan + 1] = bug and evict(gang) or fail(gang, "given-up") -- what was replaced is over
            elseif ends then
                wake = math.min(wake or ends, ends)
            end
        end
        for _, gang in ipairs(view.waiting) do
            local places = view:first_fit(gang)
            if #places > 0 then
                plan[#plan + 1] = launch(gang, places)
                wake = math.min(wake or math.maxinteger, view:after(timeout))
            end
        end
        if wake then plan[#plan + 1] = wake_at(wake) end
        return plan
    end,
}

cluster { executors = 6, cores = 1 }
local generations = 12
local replicas = {}
for i = 0, 2 * generations - 1 do
    replicas[i] = service("web-" .. i) { stage "replica" { tasks = 1, program = compute "1h" } }
end
at "0s" { submit(replicas[0]), submit(replicas[1]) }
for i = 2, 2 * generations - 1 do
    when(record("killed", { job = replicas[i - 2] })) { submit(replicas[i]) } -- their owner
end
for i = 0, 2 * generations - 1 do at "1m" { cancel(replicas[i]) } end -- somebody sees it
local other = job "other" { barrier_stage "fit" { tasks = 4, program = compute "5s" }, submit = "20s" }
expect { other:succeeds { within = "10s" } }
