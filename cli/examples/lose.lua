-- Shows: lose, double, reorder, hold, mend, break_link
local c = cluster { executors = 2, cores = 2 }
settings { datagram = 1, resend = "200ms" }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = loop(10, compute "500ms", barrier()) } }
at "0s" { lose(c.executor[0], { permille = 300, lasts = "3s" }) }
at "0s" { double(c.executor[1], { permille = 300, lasts = "3s" }) }
at "3s" { reorder(c.executor[0], { permille = 300, by = "50ms", lasts = "1s" }) }
at "3s" { hold(c.executor[1], { way = "in" }) }
at "4s" { mend(c.executor[1], { way = "in" }) }
at "5s" { break_link(c.executor[0]) }
expect { fit:succeeds { attempts = 1 } }
