-- What one stage leaves, the next one reads.
local c = cluster { executors = 2, cores = 1 }
local j = job "j" { stage "map" { tasks = 2, program = program { compute "1s", output "1MiB" } },
                    barrier_stage "fit" { tasks = 2, reads = { "map" }, program = program { fetch "1MiB", barrier() } } }
anytime { crash(c.executor[1]) }
