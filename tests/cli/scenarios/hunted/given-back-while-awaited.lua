-- Executors come later than they are counted on, and were given back idle before the tasks were looked at again, for ever. Seed 1.
cluster { executors = 1, cores = 1 }
settings { heartbeat = "500ms", heartbeat_timeout = "4s", heal_after = "20s", restart_delay = "16s", dynamic = true, idle_timeout = "400ms" }
limits { events = 100000 }
local a = job "a" { stage "map" { tasks = 1, program = compute "1s" }, submit = "5s" }
expect { a:succeeds() }
