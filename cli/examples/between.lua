-- Shows: between, cut, slow, clog
local c = cluster { executors = 3, cores = 2 }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(10, compute "500ms", barrier()) } }
between "1s" "2s" { cut(c.executor[1], { way = "out" }), slow(c.executor[0], { percent = 300 }) }
at "3s" { clog(c.executor[0], { by = "50ms", lasts = "1s" }) }
expect { fit:succeeds { attempts = 1 } }
