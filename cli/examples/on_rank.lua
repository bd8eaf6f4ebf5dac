-- Shows: on_rank, fail, exit, hang
cluster { executors = 2, cores = 2 }
settings { attempts = 2 }
-- Rank 0 fails in every attempt, so two attempts are all there are.
local fit = job "fit" { barrier_stage "fit" { tasks = 4, program = program { compute "1s", on_rank(0, 0, fail(1)), barrier() } } }
expect { fit:fails("attempts") }
