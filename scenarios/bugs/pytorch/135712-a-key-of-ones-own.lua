-- Two agents come to the same rendezvous, and their workers then wait at two different stores.
-- pytorch#135712: each agent counts its own restarts, and the count is the prefix of the key under which the workers find each other.
-- See: worker 1 fails. Its agent counts a restart; the other agent hears that the membership changed, which is none. Both are in the
-- second round, one with prefix 1 and one with prefix 0. The number of the round is something that they have in common.
-- Verdicts: strict PRG
-- Verdicts: strict --param bug=false pass; strict --param also=true pass
-- Verdicts: spark PRG
local bug = param("bug", true, "the prefix is the agent's own count, and not the number of the round")
local also = param("also", false, "worker 0 fails at the same time, so the counts agree by luck")

cluster { executors = 2, cores = 1 }
local agents, rounds = 2, 2
local fails_in = { [0] = also and 1 or 0, 1 } -- the round in which an agent's worker fails; 0: none

local function agent(rank)
    local own, ops = 0, {} -- `own` is all that this agent counts for itself
    for round = 1, rounds do
        local prefix = bug and own or round
        ops[#ops + 1] = meet("rendezvous " .. round, { tasks = agents })
        ops[#ops + 1] = meet("store " .. round .. "/worker " .. prefix, { tasks = agents })
        ops[#ops + 1] = compute "5s"
        if fails_in[rank] == round then own = own + 1 end
    end
    return on_rank(rank, rank, program(ops))
end

local train = job "train" { stage "agent" { tasks = agents, program = program { agent(0), agent(1) } } }
expect { train:succeeds { within = "1m" } }
