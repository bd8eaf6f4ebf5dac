-- One task of a stage has failed once, and then the machine on which all of them run is lost.
-- See: all four begin again on the machine that is left, as one range of ranks on one executor. But each rank counts its own attempts: rank
-- 2 has had two, and the others one.
-- Verdicts: strict pass; spark pass
-- Policy: any.
-- Question: how many attempts has rank 2 in all, and which of them counts as a failure?
-- Change: let the machine be back at 12s, and see where they go, and why.

settings { heartbeat = "2s", heartbeat_timeout = "10s" }
local c = cluster { executors = 2, cores = 4 }
local map = job "map" { submit = "1s", stage "map" { tasks = 4, prefers = c.executor[1], program = compute "20s" } }
when(map:starts { rank = 2, attempt = 0 }) { kill(map:rank(2)), after = "5s" }
at "10s" { crash(c.executor[1], { for_good = true }) }

expect {
    map:succeeds { within = "1m" },
    sometimes("rank 2 begins a third time", map:starts { rank = 2, attempt = 2 }),
    never("another rank does", map:starts { rank = 3, attempt = 2 }),
}
