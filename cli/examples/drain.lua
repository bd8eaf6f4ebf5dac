-- Shows: drain, exclude, take, pause, drift, partition, driver
local c = cluster { executors = 5, cores = 2 }
local work = program { loop(20, compute "1s", barrier(), checkpoint()) }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = work } }
at "1s" { exclude(c.executor[4]), drift(c.executor[0], { ppm = -500 }) }
at "2s" { drain(c.executor[1], "5s"), take(c.executor[3], { cores = 1, lasts = "5s" }) }
at "3s" { pause(c.executor[0], "2s"), partition(c.executor { 2, 3 }, driver, { lasts = "4s" }) }
expect { fit:succeeds() }
