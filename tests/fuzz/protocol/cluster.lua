-- What the children of the fuzzer schedule: two gangs that do not fit together, a stage of single tasks, a machine that goes.
local c = cluster { executors = 3, cores = 2 }
job "a" { barrier_stage "fit" { tasks = 4, program = loop(2, compute "1s", barrier()) } }
job "b" { submit = "500ms", barrier_stage "fit" { tasks = 4, program = loop(2, compute "1s", all_gather "1KiB") } }
job "c" { submit = "1s", stage "map" { tasks = 3, program = compute "2s" } }
settings { restart_delay = "2s" }
at "1500ms" { crash(c.executor[1]) }
