-- A leader fails once and is replaced, and from then on there are two: no follower is ever made.
-- jobset#1276: the failed leader is kept for its logs; who makes followers counts it, finds two leaders, and refuses, for ever.
-- See: the new leader waits for followers, and three slots are free.
-- Verdicts: strict PRG EXPECT
-- Verdicts: strict --param bug=false pass; strict --param fails=false pass
-- Verdicts: spark PRG
local bug = param("bug", true, "a leader that has failed counts")
local fails = param("fails", true, "the leader fails once")

local made = 0 -- of leaders, ever: none of them is deleted

local function leaders(view)
    for _, gang in ipairs(view.running) do
        if gang.stage == "leader" then return bug and made or gang.running end
    end
    return 0
end

scheduler {
    on_plan = function(view)
        local plan = {}
        for _, gang in ipairs(view.waiting) do
            if gang.stage == "leader" or leaders(view) == 1 then
                local places = view:first_fit(gang)
                if #places > 0 then plan[#plan + 1] = launch(gang, places) end
                if gang.stage == "leader" then made = made + #places end
            end
        end
        return plan
    end,
}

cluster { executors = 4, cores = 1 }
local work = program { compute "5s", meet("set", { tasks = 4 }) }
local leader = job "leader" { stage "leader" { tasks = 1, group = 0, program = work } }
local followers = job "followers" { stage "follower" { tasks = 3, group = 0, program = work }, submit = "3s" }
if fails then at "2s" { kill(leader:rank(0)) } end
expect { leader:succeeds(), followers:succeeds { within = "30s" } }
