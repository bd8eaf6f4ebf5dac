-- Shows: anytime
local c = cluster { executors = 2, cores = 1 }
local fit = job "fit" { barrier_stage "fit" { tasks = 2, program = program { compute "1s", barrier() } } }
-- 'muster explore' kills rank 0 at every point at which it runs, and every order of messages besides. A run leaves it out.
anytime { kill(fit:rank(0)) }
expect { fit:succeeds { attempts = { at_most = 2 } } }
