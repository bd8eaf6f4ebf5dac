-- A worker leaves and another comes. The new one waits for the state of the others, who wait for its gradients.
-- horovod#3494: whoever heard only of a removal goes on without handing its state round; the newcomer has none, and always asks.
-- See: all three come to the second round, and then to two different collectives.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param joins=false pass
-- Verdicts: spark PRG
local bug = param("bug", true, "survivors of a removal skip the sync, whoever has come meanwhile")
local joins = param("joins", true, "somebody comes for who has gone")

cluster { executors = 3, cores = 1 }
local before, after = 3, joins and 3 or 2
-- What a worker knows when its round begins decides whether it hands its state round before it trains.
local function round(number, members, syncs)
    local state = syncs and meet("state " .. number, { tasks = members }) or compute "0s"
    return program { meet("rendezvous " .. number, { tasks = members }), state,
        loop(3, compute "1s", meet("gradients " .. number, { tasks = members })) }
end
local hears_of_newcomers = joins and not bug
local survivor = round(2, after, hears_of_newcomers)
local old = job "old" {
    stage "worker" { tasks = before, program = program { round(1, before, true), on_rank(2, 2, exit(0)), survivor } },
}
local new = job "new" { stage "worker" { tasks = 1, program = joins and round(2, after, true) or compute "1s" }, submit = "2s" }
expect { old:succeeds { within = "1m" }, new:succeeds { within = "1m" } }
