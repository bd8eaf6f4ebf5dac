-- Shows: lose, double, reorder, hold, break_link
local c = cluster { executors = 2, cores = 2 }
settings { datagram = 1, resend = "200ms" }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(10, compute "500ms", barrier()) } }
at "0s" { lose(c.executor[0], { permille = 300, lasts = "3s" }), double(c.executor[1], { permille = 300, lasts = "3s" }) }
at "3s" { reorder(c.executor[0], { permille = 300, by = "50ms", lasts = "1s" }), hold(c.executor[1], { way = "in", lasts = "1s" }) }
expect { fit:succeeds { attempts = 1 } }
