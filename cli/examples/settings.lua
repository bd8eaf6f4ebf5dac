-- Shows: settings, crash, restart, executor
local c = cluster { executors = 3, cores = 2 }
settings { heartbeat = "1s", heartbeat_timeout = "5s", retry_delay = "100ms", attempts = 3 }
local work = program { loop(5, compute "1s", barrier(), checkpoint()) }
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = work } }
at "2s" { crash(c.executor[1]) }
at "20s" { restart(c.executor[1]) }
expect { fit:succeeds { attempts = 2 } }
