-- The driver hears that rank 2 has died, and dies before it has written that down: until it hears so again, the call of rank 2 counts. Seed 47508.
local c = cluster { executors = 3, cores = 2, memory = "1GiB" }
settings { heal_after = "1s" }

local a = job "a" {
    barrier_stage "fit" { tasks = 4, program = program { compute { "200ms", "900ms" }, barrier() } },
}
job "b" { submit = "500ms",
    barrier_stage "fit" { tasks = 1, program = compute { "200ms", "900ms" } },
}

when(record("go", { nth = 3 })) { crash_driver({ back = "30s", effect = 3 }) }
at "1s" { kill(a:rank(2)) }
at "600ms" { hold(c.executor[0]) }
