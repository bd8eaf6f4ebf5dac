-- Partial admission, as Kueue does it: a gang that would have eight tasks and says `min` = 4 is launched with as many as there is room for.
-- How many an attempt has is decided by its launch, and stays: they are ranks 0 to n - 1, its rounds are of n, and a task that is lost
-- ends it. The next attempt may be of another size, and begins at the last checkpoint. Nothing is renumbered while it runs, so
-- training that grows and shrinks between two rounds is not shown.
-- As a scheduler of any scenario: muster run FILE --scheduler scenarios/schedulers/partial.lua
-- See: attempt 0 has six tasks, for `guest` holds two slots; attempt 1 has four, for a machine is down, and waits until `guest` is done.
-- Verdicts: strict pass; strict --param min=8 EXPECT; strict --param bug=too_few AON EXPECT; strict --param bug=gap AON BAR GEN EXPECT
-- Verdicts: spark RST EXPECT
-- Question: when does it end with `min` = 8, and how much of that does it wait?
-- Change: --param bug=gap: as many as may be, but not ranks 0 to n - 1; nobody takes that for a gang.

local min = param("min", 4, "with fewer tasks it is not launched")
local bug = param("bug", "none", "what is wrong with it", { "none", "too_few", "gap" })

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            local places, ranks = view:first_fit(gang), {}
            for i, rank in ipairs(gang.ranks) do ranks[i] = rank end
            if gang.kind == "gang" and bug == "too_few" and #places > 0 then
                while #places >= gang.min do places[#places] = nil end
            elseif gang.kind == "gang" and bug == "gap" and #places > 0 and #places < #ranks then
                table.remove(ranks, 1)
            end
            if #places > 0 then plan[#plan + 1] = launch(gang, places, ranks) end
        end
        return plan
    end,
}

settings { heartbeat = "1s", heartbeat_timeout = "5s", sync_timeout = "20s" }
local c = cluster { executors = 2, cores = 4 }
local guest = job "guest" { stage "run" { tasks = 2, program = compute "15s" } }
local train = job "train" {
    barrier_stage "fit" { tasks = 8, min = min, program = loop(10, compute "1s", all_gather "64KiB", checkpoint()) },
    submit = "1s",
}
at "5s" { crash(c.executor[1]) }
at "30s" { restart(c.executor[1]) }

expect { guest:succeeds(), train:succeeds { within = "25s", attempts = 2 } }
