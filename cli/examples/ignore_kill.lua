-- Shows: ignore_kill, linger, quit, stray_call
cluster { executors = 4, cores = 2 }
local work = program { loop(10, compute "500ms", barrier(), checkpoint()) }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = work } }
local etl = job "etl" { stage "load" { tasks = 2, program = compute "3s" } }
-- Two tasks that are hard to get rid of, then a reason to get rid of them.
at "1s" { ignore_kill(fit:rank(1)), linger(fit:rank(2), "5s"), quit(etl:rank(0)) }
at "2s" { kill(fit:rank(0)), stray_call(fit:rank(3), { op = "barrier", epoch = 0 }) }
expect { fit:succeeds { attempts = 2 }, etl:succeeds { within = "10s" } }
