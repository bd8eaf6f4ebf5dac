-- Either machine loses power.
local c = cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
budget { machines = 1 }
anytime { crash(c.executor[0]), crash(c.executor[1]) }
